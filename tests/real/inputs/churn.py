# SPDX-License-Identifier: MIT
# JSON churn: with PYTHONMALLOC=malloc every object is a malloc block.
import json
import re
import sys

kept = {}
total = 0
for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 60):
    document = {"id": i, "tags": ["tag-%d-%d" % (i, k) for k in range(30)],
                "pairs": {"key%d" % k: {"value": k * 1.5, "text": str(k)} for k in range(40)}}
    text = json.dumps(document, sort_keys=True)
    back = json.loads(text)
    assert back == document
    total += len(text)
    kept[i % 17] = back
    for word in re.findall(r"[a-z]+", text)[:20]:
        kept.setdefault(word, []).append(i)
print(total, len(kept))

# SPDX-License-Identifier: MIT
"""check_schema.py SCHEMA FILE…: validate JSON files; status 1 and one line an error."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
bad = 0
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as f:
        document = json.load(f)
    for error in validator.iter_errors(document):
        bad = 1
        print(f"{name}: {'/'.join(map(str, error.path))}: {error.message[:300]}")
sys.exit(bad)

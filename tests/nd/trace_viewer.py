#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
A trace of the op profiler in the viewer behind chrome://tracing, which Go's sources
bring along: what it shows is what the trace says.

usage: trace_viewer.py NDTRAIN

Needs Chromium, and the viewer of Debian's package golang-src.  Writes TAP.
"""
import glob
import http.server
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading

PAGE = '''<!DOCTYPE html>
<script src="/webcomponents.min.js"></script>
<link rel="import" href="/trace_viewer_full.html">
<body></body>
<script>
document.addEventListener('WebComponentsReady', async () => {
  let shown;
  try {
    const text = await (await fetch('/trace.json')).text();
    const container = document.createElement('track-view-container');
    container.id = 'track_view_container';
    const viewer = document.createElement('tr-ui-timeline-view');
    viewer.track_view_container = container;
    Polymer.dom(viewer).appendChild(container);
    Polymer.dom(document.body).appendChild(viewer);
    const model = new tr.Model();
    const options = new tr.importer.ImportOptions();
    options.shiftWorldToZero = false;
    await new tr.importer.Import(model, options).importTracesWithProgressDialog([text]);
    viewer.model = model;
    const tracks = () => document.querySelectorAll('.thread-track').length;
    for (let i = 0; !tracks() && i < 100; i++) /* they are made when there is time */
      await new Promise(done => setTimeout(done, 100));
    const events = [];
    for (const thread of model.getAllThreads())
      for (const slice of thread.sliceGroup.slices)
        events.push([slice.title, slice.start, slice.duration, slice.args]);
    shown = {
      warnings: model.importWarnings.map(w => w.message),
      processes: model.getAllProcesses().map(p => p.name),
      tracks: tracks(),
      events: events,
    };
  } catch (error) {
    shown = String(error);
  }
  fetch('/shown', {method: 'POST', body: JSON.stringify(shown)});
});
</script>
'''


def viewer_folder():
    found = sorted(glob.glob('/usr/share/go-*/src/**/trace_viewer_full.html', recursive=True))
    if not found:
        sys.exit('trace_viewer: no trace_viewer_full.html; it is in the package golang-src')
    return os.path.dirname(found[-1])


def serve(trace, answers):
    """A port where the page and the trace are; what the page has to say goes to ANSWERS."""
    folder = viewer_folder()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = os.path.basename(self.path)
            if not name:
                kind, body = 'text/html', PAGE.encode()
            else:
                path = trace if name == 'trace.json' else os.path.join(folder, name)
                if not os.path.isfile(path):
                    self.send_error(404)
                    return
                kind = 'text/javascript' if name.endswith('.js') else 'text/html'
                with open(path, 'rb') as file:
                    body = file.read()
            self.send_response(200)
            self.send_header('Content-Type', kind)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            answers.put(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def shown(trace, folder):
    """What the viewer has made of the trace."""
    answers = queue.Queue()
    browser = subprocess.Popen(
        ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run',
         f'--user-data-dir={folder}/profile', f'http://127.0.0.1:{serve(trace, answers)}/'],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        return answers.get(timeout=120)
    except queue.Empty:
        return 'no answer in two minutes'
    finally:
        os.killpg(browser.pid, signal.SIGKILL)
        browser.wait()


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        trace = os.path.join(folder, 'trace.json')
        subprocess.run([program, '--profile', trace], stdout=subprocess.DEVNULL, check=True)
        with open(trace, encoding='utf-8') as file:
            written = [e for e in json.load(file)['traceEvents'] if e['ph'] == 'X']
        view = shown(trace, folder)
    if isinstance(view, str):
        sys.exit(f'Bail out! the viewer: {view}')
    key = lambda e: (e[1], e[0])
    # the viewer counts in milliseconds, to the nanosecond
    want = sorted([[e['name'], round(e['ts'] / 1000, 6), round(e['dur'] / 1000, 6), e['args']]
                   for e in written], key=key)
    got = sorted([[e[0], round(e[1], 6), round(e[2], 6), e[3]] for e in view['events']], key=key)
    points = [
        ('it imports the trace without a warning', not view['warnings'], view['warnings']),
        ('the process has its name', view['processes'] == [os.path.basename(program)],
         view['processes']),
        (f'it shows all {len(want)} operations with time, duration, shapes, scope and bytes',
         len(want) > 1000 and got == want,
         [pair for pair in zip(got, want) if pair[0] != pair[1]][:3] or len(got)),
        ('the thread has its track', view['tracks'] == 1, view['tracks']),
    ]
    print(f'1..{len(points)}')
    for number, (what, good, seen) in enumerate(points, 1):
        print(f'{"ok" if good else "not ok"} {number} - {what}')
        if not good:
            print(f'# {seen}')
    return 0 if all(p[1] for p in points) else 1


if __name__ == '__main__':
    sys.exit(main())

"""A slurmrestd that answers what a test wants, however wrong."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class RestServer:
    """`answers[what]` is a value (sent as JSON), bytes, or a function that sends by itself."""

    def __init__(self, version="v0.0.44"):
        self.version = version
        self.answers = {"jobs": {"jobs": [], "errors": []}, "nodes": {"nodes": [], "errors": []}}
        self.answers["ping"] = {"errors": []}
        self.status = 200
        self.asked: list[str] = []
        self.users: set[str] = set()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.asked.append(self.path)
                server.users.add(self.headers["X-SLURM-USER-NAME"])
                _, slurm, version, what = self.path.split("/", 3)
                if version != server.version or slurm != "slurm":
                    self._send(404, b"Unable find requested URL.")
                    return
                answer = server.answers[what]
                if callable(answer):
                    answer(self)
                elif isinstance(answer, bytes):
                    self._send(server.status, answer)
                else:
                    self._send(server.status, json.dumps(answer).encode())

            def _send(self, status, content):
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler


def silent(handler):
    """Takes the question and says nothing for a while."""
    time.sleep(1)


def dripping(handler):
    """A byte now and then, each in time."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(30):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def endless(handler):
    """More than anybody can hold."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 65536)
    except OSError:
        return


def cut(handler):
    """Ends before what it promised."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"jobs": [')

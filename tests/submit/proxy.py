"""Stands before a slurmrestd and loses what a test wants lost."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Proxy:
    """`faults` are applied to submissions, one after the other; then all is passed on."""

    def __init__(self, url, *faults):
        self.faults = list(faults)
        self.posts = 0
        self.listed = None
        self.target = urlsplit(url).netloc
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()

    def forward(self, handler):
        """What the real one answers."""
        size = int(handler.headers.get("Content-Length") or 0)
        connection = http.client.HTTPConnection(self.target, timeout=30)
        try:
            names = ("X-SLURM-USER-NAME", "X-SLURM-USER-TOKEN", "Content-Type")
            headers = {name: handler.headers[name] for name in names if handler.headers[name]}
            body = handler.rfile.read(size) if size else None
            connection.request(handler.command, handler.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _handler(self):
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                send(self, *(proxy.listed(self) if proxy.listed else proxy.forward(self)))

            def do_POST(self):
                proxy.posts += 1
                fault = proxy.faults.pop(0) if proxy.faults else passed_on
                fault(proxy, self)

            def log_message(self, *_):
                pass

        return Handler


def send(handler, status, content):
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def passed_on(proxy, handler):
    send(handler, *proxy.forward(handler))


def never_arrives(_, handler):
    """The connection ends before the other side has heard anything."""
    handler.close_connection = True


def answer_lost(proxy, handler):
    proxy.forward(handler)
    handler.close_connection = True


def answer_cut(proxy, handler):
    status, content = proxy.forward(handler)
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[:-20])
    handler.close_connection = True


def answer_garbled(proxy, handler):
    proxy.forward(handler)
    send(handler, 200, b"<html>all is well</html>")


def gateway_gave_up(proxy, handler):
    proxy.forward(handler)
    send(handler, 504, b"Gateway Timeout")


def controller_gave_up(proxy, handler):
    """slurmrestd waited for slurmctld in vain, which had taken the job."""
    proxy.forward(handler)
    text = (
        b'{"errors": [{"error_number": 1007, "error": "Socket timed out on send/recv operation"}]}'
    )
    send(handler, 500, text)


def without_number(proxy, handler):
    proxy.forward(handler)
    send(handler, 200, b'{"errors": [{"error_number": -1, "error": "Unspecified error"}]}')

"""An API server that knows NodeSets and their scale, and writes down who asks for what."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = re.compile(
    r"/apis/slinky\.slurm\.net/v1beta1/namespaces/hpc-jobs/nodesets"
    r"(?:\?labelSelector=petal\.dev%2Fqueue|/(?P<name>[a-z0-9-]+)/scale)"
)
SCALER = "/apis/apps/v1/namespaces/hpc-jobs/deployments/petal-scaler/scale"


class ApiServer:
    """Answers on a port of its own until it is closed."""

    def __init__(self, manifests):
        self.node_sets = {each["metadata"]["name"]: each for each in manifests}
        self.calls: list[tuple[str, int]] = []
        self.refused: set[str] = set()
        self.pods_follow = False
        self.scalers = 1
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()

    def replicas(self):
        return {name: each["spec"]["replicas"] for name, each in self.node_sets.items()}

    def set(self, **replicas):
        for name, count in replicas.items():
            self.node_sets[name.replace("_", "-")]["spec"]["replicas"] = count

    def scale(self, name, body):
        self.calls.append((name, body["spec"]["replicas"]))
        if name in self.refused:
            return 403, {"kind": "Status", "code": 403}
        self.node_sets[name]["spec"]["replicas"] = body["spec"]["replicas"]
        if self.pods_follow:
            self.node_sets[name]["status"]["replicas"] = body["spec"]["replicas"]
        return 200, {"kind": "Scale"}

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                assert PATH.fullmatch(self.path), self.path
                self._answer(200, {"items": list(server.node_sets.values())})

            def do_PATCH(self):
                assert self.headers["Content-Type"] == "application/merge-patch+json"
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == SCALER:
                    server.scalers = body["spec"]["replicas"]
                    self._answer(200, {"kind": "Scale"})
                    return
                found = PATH.fullmatch(self.path)
                assert found, self.path
                self._answer(*server.scale(found["name"], body))

            def _answer(self, status, body):
                if self.headers["Authorization"] != "Bearer cluster-token":
                    status, body = 401, {"kind": "Status", "code": 401}
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler

"""Where the password comes from and goes to: moto's Secrets Manager, and an API server on TLS."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.copied_secrets import script
from tests.need import need_tool

TOKEN = "a-token-of-kubelet"
REGION = "us-east-1"
AWS = f"""#!{sys.executable}
# Plays the AWS CLI for one call, because Debian has no package of its second version.
import json, sys, boto3
said = sys.argv[1:]
asked = dict(zip(said[2::2], said[3::2]))
assert said[:2] == ["secretsmanager", "get-secret-value"], said
assert asked["--query"] == "SecretString" and asked["--output"] == "text", said
client = boto3.client("secretsmanager", region_name=asked["--region"])
print(client.get_secret_value(SecretId=asked["--secret-id"])["SecretString"])
"""


@dataclass
class ApiServer:
    """Keeps Secrets of one namespace, and what it was asked."""

    answer: int | None = None
    """Status of every answer. Default: the right one."""
    secrets: dict[str, Any] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)

    def take(self, method: str, path: str, body: dict[str, Any]) -> int:
        self.requests.append((method, path))
        base, name = "/api/v1/namespaces/hpc-jobs/secrets", path.rpartition("/")[2]
        if self.answer:
            return self.answer
        if method == "POST" and path == base:
            self.secrets[body["metadata"]["name"]] = body
            return 201
        if method == "PATCH" and path == f"{base}/{name}" and name in self.secrets:
            self.secrets[name] |= body
            return 200
        return 404


def _handler(server: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            body = json.loads(text) if text else {}
            allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
            status = server.take(self.command, self.path, body) if allowed else 401
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_POST = do_PATCH = _answer  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


class PasswordPod:
    """The pod's script with what kubelet and EKS put around it."""

    def __init__(self, folder: Path) -> None:
        for tool in ("jq", "curl", "openssl", "bash"):
            need_tool(tool, f"apt-get install {tool}")
        self.folder = folder
        self.api = ApiServer()
        self._moto = ThreadedMotoServer(port=0, verbose=False)
        self._moto.start()
        _, port = self._moto.get_host_and_port()
        self._aws = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        self._memory = folder / "memory"
        self._memory.mkdir()
        self._account = folder / "account"
        self._account.mkdir()
        (self._account / "token").write_text(TOKEN)
        (self._account / "namespace").write_text("hpc-jobs")
        self._bin = folder / "bin"
        self._bin.mkdir()
        (self._bin / "aws").write_text(AWS)
        (self._bin / "aws").chmod(0o755)
        (folder / "script.sh").write_text(script())
        self._http = self._serve()

    def _serve(self) -> ThreadingHTTPServer:
        certificate, key = self._account / "ca.crt", self.folder / "key"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=kubernetes", "-addext", "subjectAltName=IP:127.0.0.1"),
                *("-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.api))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        http.socket = context.wrap_socket(http.socket, server_side=True)
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        return http

    def set_password(self, text: str) -> str:
        """Store what RDS would have; the ARN."""
        client = boto3.client(
            "secretsmanager",
            region_name=REGION,
            endpoint_url=self._aws["AWS_ENDPOINT_URL"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        found = client.list_secrets()["SecretList"]
        if found:
            return client.put_secret_value(SecretId=found[0]["ARN"], SecretString=text)["ARN"]
        return client.create_secret(Name="database", SecretString=text)["ARN"]

    def run(self, arn: str, *flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
        name, key = names.DATABASE_PASSWORD
        return subprocess.run(
            ["bash", *flags, str(self.folder / "script.sh"), "once"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={
                **self._aws,
                "PATH": f"{self._bin}:{os.environ['PATH']}",
                "HOME": str(self._memory),
                "KUBERNETES_SERVICE_HOST": "127.0.0.1",
                "KUBERNETES_SERVICE_PORT": str(self._http.server_address[1]),
                "PETAL_SERVICE_ACCOUNT": str(self._account),
                "PETAL_MEMORY": str(self._memory),
                "PETAL_REGION": REGION,
                "PETAL_SECRET_ARN": arn,
                "PETAL_SECRET_NAME": name,
                "PETAL_SECRET_KEY": key,
                **environment,
            },
        )

    @property
    def aws(self) -> dict[str, str]:
        """Variables of a program that asks the same Secrets Manager."""
        return {**self._aws, "PATH": f"{self._bin}:{os.environ['PATH']}"}

    def left_over(self) -> list[Path]:
        return list(self._memory.iterdir())

    def distrust(self) -> None:
        """As if somebody else answered at the API server's address."""
        other = self.folder / "other.crt"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=other", "-keyout", str(self.folder / "other"), "-out", str(other)),
            ],
            check=True,
            capture_output=True,
        )
        (self._account / "ca.crt").write_text(other.read_text())

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._moto.stop()

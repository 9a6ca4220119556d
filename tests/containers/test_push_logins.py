"""Who logs in to a registry, and how container tools are told."""

from __future__ import annotations

import base64
import json
import stat
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from moto import mock_aws

from petal_constructs.containers.credentials import login_folder, stored, with_login
from petal_constructs.containers.ecr import ecr_login, own_registry
from petal_constructs.containers.local_image import LocalImage
from petal_constructs.containers.login import make_repositories
from petal_constructs.containers.push import Order, Push, index
from petal_constructs.containers.references import Destination, destination, registry_name
from petal_constructs.containers.registry_client import (
    Credentials,
    Manifest,
    RefusedError,
    Registry,
)
from petal_constructs.containers.tools import Tool
from petal_constructs.errors import ToolError, UsageError
from petal_constructs.plan.images import images
from petal_constructs.planning import load_seed
from tests.containers.registry import SEED

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
IMAGE_KIND = "application/vnd.oci.image.manifest.v1+json"
ADA = Credentials("ada", "s3cret:with colon")


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.client("ecr", region_name="us-east-1")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user without logins."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def image(tmp_path):
    """The seed's image, with another `image` of it."""

    def make(reference=None):
        named = f"image: '{reference}', " if reference else ""
        (tmp_path / "seed.yaml").write_text(SEED.replace("packages:", f"{named}packages:"))
        (found,) = images(load_seed(tmp_path / "seed.yaml", environment={}), "pcs")
        return found

    return make


@pytest.mark.parametrize(
    ("reference", "registry", "goes_to", "tag"),
    [
        (None, ECR, f"{ECR}/genomics/bio", None),
        (None, "ghcr.io/lab", "ghcr.io/lab/genomics/bio", None),
        ("tools/bio:v1", ECR, f"{ECR}/tools/bio", "v1"),
        ("tools", "ghcr.io/lab", "ghcr.io/lab/tools", None),
        ("quay.io/lab/bio:v1", ECR, "quay.io/lab/bio", "v1"),
        ("localhost:5000/bio", ECR, "localhost:5000/bio", None),
    ],
)
def test_an_image_goes_where_its_name_says(image, reference, registry, goes_to, tag):
    found = destination(image(reference), "Genomics", registry)

    assert (found.repository, found.tag) == (goes_to, tag)


def test_nothing_can_be_pushed_to_a_digest(image):
    with pytest.raises(UsageError, match="names a digest"):
        destination(image(f"quay.io/lab/bio@sha256:{'0' * 64}"), "Genomics", ECR)


@pytest.mark.parametrize("text", ["", "https://", "a b", "host;rm", "-host", "host/UP", "h:port"])
def test_what_is_no_registry_is_refused(text):
    with pytest.raises(UsageError, match="is no registry"):
        registry_name(text)


def test_a_registry_may_be_written_as_an_address():
    assert registry_name(f"https://{ECR}/") == ECR


def test_ecr_gives_a_login_and_names_the_accounts_registry(aws):
    assert own_registry("us-east-1") == ECR
    login = ecr_login(ECR)

    assert login.username == "AWS"
    assert login.password
    assert login.password not in repr(login)


def test_aws_that_gives_no_login_is_told(monkeypatch):
    with pytest.raises(ToolError, match="they need ecr:GetAuthorizationToken"):
        ecr_login(ECR)


def orders(image, *hosts):
    local = LocalImage("localhost/petal/bio", "0" * 64, "x86_64", None)
    return [Order(image, local, Destination(host, "genomics/bio")) for host in hosts]


def test_missing_repositories_are_made_only_if_asked_for(aws, image):
    wanted = orders(image(), ECR, "127.0.0.1:5000")

    with pytest.raises(ToolError) as refused:
        list(make_repositories(wanted, create=False, how="hint: --create makes it"))
    assert str(refused.value) == (
        f"there is no repository {ECR}/genomics/bio\nhint: --create makes it"
    )
    assert aws.describe_repositories()["repositories"] == []

    assert list(make_repositories(wanted, create=True, how="")) == [f"{ECR}/genomics/bio"]
    assert list(make_repositories(wanted, create=True, how="")) == []
    (made,) = aws.describe_repositories()["repositories"]
    assert made["imageTagMutability"] == "IMMUTABLE"
    assert made["imageScanningConfiguration"] == {"scanOnPush": True}


def test_the_users_own_logins_are_found(home):
    (home / ".docker").mkdir()
    (home / "containers").mkdir()
    logins = {
        "auths": {"a.example": {"auth": ADA.basic}, "b.example": {}, "c.example": {"auth": "%"}}
    }
    (home / ".docker/config.json").write_text(json.dumps(logins))
    (home / "containers/auth.json").write_text("no JSON")

    assert stored("a.example") == ADA
    assert stored("b.example") is stored("c.example") is stored("d.example") is None


def test_a_credential_helper_is_asked(home, monkeypatch):
    program = home / "docker-credential-vault"
    program.write_text(
        "#!/bin/sh\nread -r host\n"
        '[ "$1 $host" = "get a.example" ] || exit 1\n'
        'echo \'{"ServerURL": "a.example", "Username": "ada", "Secret": "hidden"}\'\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}:/usr/bin:/bin")
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text('{"credsStore": "vault"}')

    assert stored("a.example") == Credentials("ada", "hidden")
    assert stored("b.example") is None


def test_a_login_is_a_file_for_its_user_alone_and_gone_afterwards(home):
    (home / ".docker/contexts").mkdir(parents=True)
    settings = {"currentContext": "colima", "credsStore": "desktop", "auths": {"old": {}}}
    (home / ".docker/config.json").write_text(json.dumps(settings))

    with login_folder({"a.example": ADA}) as folder:
        file = folder / "config.json"
        said = json.loads(file.read_text())
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, file)]
        assert (folder / "contexts").resolve() == home / ".docker/contexts"

    assert said == {"currentContext": "colima", "auths": {"a.example": {"auth": ADA.basic}}}
    assert base64.b64decode(ADA.basic).decode() == "ada:s3cret:with colon"
    assert modes == [0o700, 0o600]
    assert not folder.exists()


def test_a_runtime_folder_that_is_gone_is_no_obstacle(home, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "gone"))

    with login_folder({}) as folder:
        assert folder.is_dir()


def test_a_temporary_folder_without_room_is_told(home, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setattr("tempfile.tempdir", str(home / "gone"))

    with pytest.raises(ToolError, match="cannot be written to the temporary folder: no such"):
        login_folder({}).__enter__()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("docker", ("/bin/docker", "--config", "{}", "push", "a.example/bio:1")),
        ("podman", ("/bin/podman", "push", "--authfile", "{}/config.json", "a.example/bio:1")),
        ("buildah", ("/bin/buildah", "push", "--authfile", "{}/config.json", "a.example/bio:1")),
    ],
)
def test_tools_read_the_login_in_their_own_way(tmp_path, name, arguments):
    tool = Tool(name, f"/bin/{name}")

    said = with_login(tool, tool.push("a.example/bio:1"), tmp_path)

    assert said == tuple(word.format(tmp_path) for word in arguments)


class TokenRegistry(BaseHTTPRequestHandler):
    """Wants a token, which it gives to ada, and then has one manifest."""

    def do_GET(self):
        if self.path.startswith("/token"):
            known = self.headers["Authorization"] == f"Basic {ADA.basic}"
            body = {"token": "t1"} if known and "service=s%26" in self.path else {"token": "bad"}
            self.answer(200, json.dumps(body).encode())
        elif self.headers["Authorization"] != "Bearer t1":
            where = f"http://127.0.0.1:{self.server.server_port}/token"
            asks = f'Bearer realm="{where}",service="s&",scope="repository:bio:pull,push"'
            self.answer(401, b"", ("WWW-Authenticate", asks))
        elif self.path == "/v2/away/manifests/1":
            self.answer(307, b"", ("Location", "http://127.0.0.1:1/stolen"))
        elif self.path in {"/v2/", "/v2/bio/manifests/1"}:
            self.answer(200, b"{}")
        else:
            self.answer(404, b"{}")

    def do_PUT(self):
        if self.headers["Authorization"] == "Bearer t1":
            self.answer(400, b'{"errors": [{"message": "tag 1 is immutable"}]}')
        else:
            self.do_GET()

    def answer(self, status, body, *headers):
        self.send_response(status)
        for name, value in (("Content-Type", f"{IMAGE_KIND}; charset=utf-8"), *headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def token_registry():
    server = ThreadingHTTPServer(("127.0.0.1", 0), TokenRegistry)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_registry_that_hands_out_tokens_is_understood(token_registry):
    registry = Registry(token_registry, ADA, print)

    registry.check()

    bio = Destination(token_registry, "bio")
    assert registry.manifest(bio, "1") == Manifest(IMAGE_KIND, b"{}")
    assert registry.manifest(bio, "2") is None


def test_a_token_for_somebody_else_lets_nobody_in(token_registry):
    with pytest.raises(RefusedError, match="refuses user eve: wrong password"):
        Registry(token_registry, Credentials("eve", "x"), print).check()
    with pytest.raises(RefusedError, match="wants a login"):
        Registry(token_registry, None, print).check()


def test_credentials_follow_no_redirect(token_registry):
    with pytest.raises(ToolError, match="answers 307"):
        Registry(token_registry, ADA, print).manifest(Destination(token_registry, "away"), "1")


def test_a_tag_that_may_not_move_is_told(token_registry, tmp_path):
    bio = Destination(token_registry, "bio", "1")
    push = Push(
        Tool("buildah", "/bin/buildah"), Registry(token_registry, ADA, print), tmp_path, print
    )

    with pytest.raises(ToolError) as refused:
        push._name(bio, Manifest(IMAGE_KIND, b"new"), listed=False)

    assert str(refused.value) == (
        f"{token_registry}/bio:1 is another image already, and stays it: registry "
        f"{token_registry} answers 400: tag 1 is immutable\n"
        "hint: choose another tag in software.containers[].image"
    )
    push._name(bio, Manifest(IMAGE_KIND, b"{}"), listed=False)


def test_a_list_holds_what_docker_attests_and_is_the_same_each_time():
    attested = [
        {"digest": "sha256:1", "platform": {"architecture": "amd64", "os": "linux"}},
        {"digest": "sha256:2", "platform": {"architecture": "unknown", "os": "unknown"}},
    ]
    kind = "application/vnd.oci.image.index.v1+json"
    x86 = Manifest(kind, json.dumps({"manifests": attested}).encode())
    arm = Manifest(IMAGE_KIND, b"{}")

    both = index({"x86_64": x86, "aarch64": arm})

    entries = json.loads(both.body)["manifests"]
    assert entries[1:] == attested
    assert entries[0] == {
        "mediaType": IMAGE_KIND,
        "digest": arm.digest,
        "size": 2,
        "platform": {"architecture": "arm64", "os": "linux"},
    }
    assert index({"aarch64": arm, "x86_64": x86}) == both

"""Images made on the spot: OCI folders and archives, with layers as given."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

STATUS = """\
Package: base-files
Status: install ok installed
Priority: required
Version: 12.4

Package: samtools
Status: install ok installed
Priority: optional
Version: 1:1.16.1+dfsg-1

Package: libgsl27
Status: install ok installed
Priority: optional
Version: 2.7.1+dfsg-5

Package: removed
Status: deinstall ok config-files
Version: 1
"""
AUTOMATIC = "Package: libgsl27\nArchitecture: amd64\nAuto-Installed: 1\n"


def layer(files, *, mode="w:gz"):
    """A layer: path -> text, bytes, or a TarInfo for what is no plain file."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as tar:
        for name, content in files.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            body = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return data.getvalue()


def link(name, target, kind=tarfile.LNKTYPE):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def image(folder, *layers):
    """An OCI image layout."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    manifest = {"schemaVersion": 2, "layers": [blob(data) for data in layers]}
    entry = blob(json.dumps(manifest).encode())
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return folder


def archive(path, folder):
    """A folder as one file."""
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
        tar.add(folder, arcname=".")
    return path


def docker_archive(path, *layers):
    """What `docker save` writes."""
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["x:1"], "Layers": names}])
    files = dict(zip(names, layers, strict=True)) | {"manifest.json": manifest}
    path.write_bytes(layer(files, mode="w"))
    return path

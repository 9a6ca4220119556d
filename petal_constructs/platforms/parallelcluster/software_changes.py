"""What a changed list of software does on a cluster that runs. Nothing drains: nodes fetch it."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.plan.values import Software


def consequence(old: Software, new: Software) -> str:
    """In words, for `petal diff`."""
    return "; ".join(("nodes fetch it within about five minutes", *_steps(old, new)))


def _steps(old: Software, new: Software) -> Iterator[str]:
    if (old.pins, old.compiler, old.root) != (new.pins, new.compiler, new.root):
        yield "all packages are decided on and installed anew, and today's modules stay until then"
    elif set(new.spack_specs) - set(old.spack_specs):
        yield "new packages are installed beside the others, which stay as they are"
    if set(old.spack_specs) - set(new.spack_specs):
        yield "modules of packages that go disappear, their files stay"
    if old.builder != new.builder:
        yield f"the next build runs on {new.builder.queue if new.builder else 'the head node'}"
    yield "nothing drains"

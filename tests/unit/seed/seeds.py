"""Seeds in text form for the tests of the language."""

from __future__ import annotations

from petal_constructs import planning
from petal_constructs.seed import load, source

SMALL = """\
cluster:
  name: small
  region: us-east-1
compute:
  head_node: t3.xlarge
  queues:
    - name: compute
      instance_types: [c5.4xlarge]
"""


def read(text, *, environment=None, name="seed.yaml"):
    """What the language alone says."""
    data = text if isinstance(text, bytes) else text.encode()
    decoded = source.decode(name, data)
    if not isinstance(decoded, source.Source):
        return load.Loaded(None, (decoded,))
    return load.inspect_source(decoded, environment=environment or {})


def plan_read(text, tmp_path, *, environment=None):
    """What the language and the platform say."""
    path = tmp_path / "seed.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return planning.inspect_seed(path, environment=environment or {})


def codes(loaded):
    return [problem.code for problem in loaded.problems]

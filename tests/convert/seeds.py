"""Seeds in every form that YAML has for them, and a conversion of text."""

from __future__ import annotations

from pathlib import Path

from petal_constructs.convert import Wish, convert
from petal_constructs.planning import check_seed
from petal_constructs.seed import load
from petal_constructs.seed.source import Source

ROOT = Path(__file__).parents[2]
SEEDS = sorted((ROOT / "seeds").glob("*.yaml"))

HEAD = """\
cluster:
  name: lab
  region: us-east-1
"""
QUEUES = """\
    - name: compute
      instance_types: [c5.4xlarge]
"""
PLAIN = f"""\
{HEAD}compute:
  head_node: t3.xlarge
  queues:
{QUEUES}"""

FORMS = {
    "plain": PLAIN,
    "comments everywhere": """\
---  # one seed
# above
cluster:  # beside
  # inside
  name: lab   # the lab
  region: us-east-1


# the machines
compute:  # of the lab
  # the head

  head_node: t3.xlarge  # small

    # deeper than it need be
  queues:
  # at the dash
  - name: compute  # first
    # of the queue
    instance_types:
      - c5.4xlarge   # only
  # behind the list
# of nothing

# of the software
software: {spack_packages: [bwa]}
# the end
""",
    "brackets": (
        "cluster: {name: lab, region: us-east-1}\n"
        "compute: {head_node: t3.xlarge, queues: [{name: compute, instance_types: [c5.4xlarge]}]}\n"
    ),
    "brackets over lines": """\
cluster: {
  name: lab, region: us-east-1 }
compute: { head_node: t3.xlarge,
  queues: [
    { name: compute, # the first
      instance_types: [c5.4xlarge] },
  ] }
""",
    "JSON": """\
{
  "cluster": {"name": "lab", "region": "us-east-1"},
  "compute": {
    "head_node": "t3.xlarge",
    "queues": [{"name": "compute", "instance_types": ["c5.4xlarge"], "max_count": 4}]
  }
}
""",
    "JSON on one line": (
        '{"cluster":{"name":"lab","region":"us-east-1"},"compute":{"head_node":"t3.xlarge",'
        '"queues":[{"name":"compute","instance_types":["c5.4xlarge"]}]}}'
    ),
    "quotes": """\
'cluster':
  "name": 'lab'
  region: "us-east-1"
"compute":
  "head_node": "t3.xlarge"
  'queues':
  - "name": "compute"
    instance_types: ['c5.4xlarge']
""",
    "four spaces": """\
cluster:
    name: lab
    region: us-east-1
compute:
    head_node: t3.xlarge
    queues:
        -   name: compute
            instance_types:
                -   c5.4xlarge
""",
    "indented as a whole": "".join(f"  {line}\n" for line in PLAIN.splitlines()),
    "a blank before colons": PLAIN.replace("compute:\n", "compute :\n", 1),
    "a directive and an end": f"%YAML 1.1\n---\n{PLAIN}...\n# behind\n",
    "line ends of old": PLAIN.replace("\n", "\r"),
    "blanks at line ends": PLAIN.replace("\n", "  \n"),
    "keys without values": f"{PLAIN}software:\nusers: ~\ntenants:\n",
    "commas at the end": (
        "{cluster: {name: lab, region: us-east-1,}, compute: {head_node: t3.xlarge,\n"
        "queues: [{name: a, instance_types: [c5.4xlarge],},],},}\n"
    ),
    "dashes on their own lines": f"""\
{HEAD}compute:
  head_node: t3.xlarge
  queues:
    -
      name: a
      instance_types:
      -
        c5.4xlarge
    - # the other
      instance_types: [c5.4xlarge]
      name: b
""",
    "comments in no column of theirs": PLAIN.replace("  queues", "# zero\n  queues").replace(
        "      inst", "# zero\n      inst"
    ),
    "letters of many": PLAIN.replace("lab\n", "lab  # Größe ≥ 3 µm 🧬\n"),
    "an anchor in the queues": f"""\
{HEAD}compute:
  head_node: t3.xlarge
  queues:
    - &first
      name: compute
      instance_types: &types [c5.4xlarge]
      max_count: &most 4
    - <<: *first
      name: other
      max_count: 2
    - name: third
      instance_types: *types
      max_count: *most
""",
    "an anchor above": f"""\
{HEAD}  tags: {{project: &word lab}}
compute: &machines
# at the edge
  head_node: t3.xlarge
  queues: &queues
    - name: compute
      instance_types: [c5.4xlarge]
      tags: {{group: *word}}
""",
    "a folded text": f"""\
{PLAIN}alert_emails:
  - >-
    ada@example.org
budget: 100
""",
    "tenants": f"""\
{PLAIN}    - name: large
      instance_types: [r7i.4xlarge]
users:
  - {{name: ada, uid: 5001, gid: 5001}}
tenants:
  - name: one
    users: [ada]
    queues:
      - compute  # the first
  - {{name: two, users: [ada], queues: [compute, large]}}
  - {{name: three, users: [ada]}}
""",
    "tenants that share a list": f"""\
{PLAIN}    - name: large
      instance_types: [r7i.4xlarge]
users:
  - {{name: ada, uid: 5001, gid: 5001}}
tenants:
  - {{name: one, users: [ada], queues: &all [compute, large]}}
  - {{name: two, users: [ada], queues: *all}}
""",
    "build_on": f"{PLAIN}software:\n  spack_packages: [bwa]\n  build_on: compute\n",
}


def inspect(source, platform):
    environment = {"AWS_REGION": "us-east-1"}
    return load.inspect_source(source, check=check_seed, platform=platform, environment=environment)


def read(text):
    return inspect(Source("seed.yaml", text), None)


def converted(text, to, **wish):
    return convert(Source("seed.yaml", text), Wish(to, **wish), inspect)

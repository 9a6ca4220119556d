"""Nothing is dropped in silence: each value of a file stands in the seed, or in the report."""

from __future__ import annotations

import re

import pytest
import yaml

from petal_constructs.catalog import parallelcluster_updates
from petal_constructs.imports.parallelcluster.placeholders import readable
from petal_constructs.imports.parallelcluster.rules import RULES
from tests.imports.configurations import OWN, SAMPLES, imported, leaves, sample

MERGE = {"<": [("tag:yaml.org,2002:merge", re.compile("^<<$"))]}


class Plain(yaml.SafeLoader):
    """Text as it stands, with what `<<` takes over; a second key of one name is left out."""

    yaml_implicit_resolvers = MERGE


def _first_of_each(loader, node):
    loader.flatten_mapping(node)
    pairs = loader.construct_pairs(node, deep=True)
    return dict(reversed(pairs))


Plain.add_constructor("tag:yaml.org,2002:map", _first_of_each)


def _of_all():
    return [*(pytest.param(path, id=path.stem) for path in OWN), *SAMPLES]


def path_of(case):
    return sample(case) if isinstance(case, str) else case


def written(path):
    text, _ = readable(path.read_text())
    return dict(leaves(yaml.load(text, Plain)))


@pytest.mark.parametrize("case", _of_all())
def test_each_value_has_one_entry_with_its_line(case):
    path = path_of(case)
    lines = path.read_text().splitlines()

    entries = [entry for entry in imported(path).entries if entry.path]

    assert sorted(entry.path.replace('["cost:centre"]', "") for entry in entries) == sorted(
        written(path)
    )
    for entry in entries:
        assert shown_there(entry.value, lines[entry.line - 1])


def shown_there(value, line):
    """Whether a line shows a value, or an alias of it, or begins a text of several lines."""
    text = getattr(value, "text", str(value)).lower()
    return value is None or text in line.lower() or "*" in line or "\n" in text


@pytest.mark.parametrize("case", _of_all())
def test_what_is_kept_stands_in_the_seed_and_what_is_not_has_a_reason(case):
    found = imported(path_of(case))
    text = squeezed(found.text)

    for entry in found.entries:
        if entry.fate == "kept":
            is_key = entry.seed.endswith(f".tags.{entry.value}")
            assert is_key or holds(at(found.sections, entry.seed), entry.value), entry
        elif entry.fate == "empty":
            assert entry.value is None
        else:
            assert entry.reason
        if entry.fate in {"decide", "changed", "lost"}:
            assert squeezed(entry.reason)[:250] in text


def squeezed(text):
    """Without what the comments add or leave out: line ends, and numbers of lists."""
    return re.sub(r"\[[0-9]*\]|[\s#]", "", text)


def at(sections, path):
    head, tags, tag = path.partition(".tags.")
    value = sections
    for word, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", head):
        value = value[int(number)] if number else value[word]
    return value["tags"][tag] if tags else value


KINDS = {"Ebs": "ebs", "Efs": "efs", "FsxLustre": "fsx-lustre", "FsxOntap": "fsx-ontap"}
KINDS |= {"FsxOpenZfs": "fsx-openzfs", "Delete": "False"}


def holds(value, text):
    """Whether a value is the text in the seed's words, or a part of the seed that stands for it."""
    if isinstance(value, dict | list):
        return True
    if type(text) is type(value) is int:
        return text <= value  # or a share of it
    text = KINDS.get(text, getattr(text, "text", str(text)))
    return str(value).lower() in {text.lower(), "true"} or text == "/"


def test_the_report_shows_only_what_a_person_must_know():
    text = imported(next(path for path in OWN if path.stem == "mpi")).text

    assert "DisableSimultaneousMultithreading: true (line 29)" in text
    assert "Scheduler: slurm" not in text


def test_every_parameter_of_parallelcluster_has_its_place():
    """Or a rule says why it has none."""
    parameters = {path.replace("/", ".") for path in all_parameters()}
    read = {
        re.sub(r"\[[0-9]+\]", "", entry.path)
        for path in OWN
        for entry in imported(path).entries
        if "not of the form" not in entry.reason
    }
    ruled = {path for path in parameters if RULES._nearest(path)}
    read |= {path.rpartition(".")[0] for path in read}  # such as AdditionalSssdConfigs

    assert sorted(parameters - read - ruled) == []


def all_parameters():
    rows = [row.split("\t")[0] for row in parallelcluster_updates.FILE.read_text().splitlines()]
    paths = [row.replace("[]", "") for row in rows[4:]]
    return [path for path in paths if not any(other.startswith(f"{path}/") for other in paths)]

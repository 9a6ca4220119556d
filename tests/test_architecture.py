"""The shape of the code that an import contract cannot see."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "petal_constructs"
SOURCES = sorted(PACKAGE.rglob("*.py"))

FILE_LINES = 400
FUNCTION_LINES = 50
CONSTRUCT_LINES = 60
"""A construct may be one long declarative call."""

PLATFORMS = {"parallelcluster", "pcs", "eks", "hybrid"}
OUTPUT_CALLS = {"print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout.write"}


def _each(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


def _of_package(*parts):
    return [path for path in SOURCES if path.relative_to(PACKAGE).parts[0] not in parts]


def _where(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def _nodes(path, *kinds):
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)]


@_each([*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))])
def test_a_file_can_be_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= FILE_LINES


@_each(SOURCES)
def test_a_function_can_be_seen_at_once(path):
    limit = CONSTRUCT_LINES if path.name in {"construct.py", "stack.py"} else FUNCTION_LINES

    functions = _nodes(path, ast.FunctionDef, ast.AsyncFunctionDef)

    assert [_where(path, f) for f in functions if f.end_lineno - f.lineno >= limit] == []


WHERE_THE_WORDS_ARE_DEFINED = {PACKAGE / "seed/cluster.py", PACKAGE / "seed/spelling.py"}


@_each([path for path in _of_package("platforms") if path not in WHERE_THE_WORDS_ARE_DEFINED])
def test_platform_names_are_compared_only_inside_platforms(path):
    comparisons = [
        node
        for node in _nodes(path, ast.Compare, ast.MatchValue)
        if any(isinstance(c, ast.Constant) and c.value in PLATFORMS for c in ast.walk(node))
    ]

    assert [_where(path, node) for node in comparisons] == []


@_each(_of_package("cli", "templates"))
def test_only_the_command_line_prints_or_exits(path):
    loud = [node for node in _nodes(path, ast.Call) if ast.unparse(node.func) in OUTPUT_CALLS]
    exits = [node for node in _nodes(path, ast.Name) if node.id == "SystemExit"]

    assert [_where(path, node) for node in (*loud, *exits)] == []


def _module(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_what_decides_and_what_answers_quickly_loads_no_cdk_and_starts_no_process():
    pure = {"__init__", "checks", "planning", "config"}
    # programs among the templates run on machines of the cluster, or in AWS Lambda
    quick = _of_package("constructs", "containers", "cli", "platforms", "templates")
    quick += [p for p in (PACKAGE / "platforms").rglob("*.py") if p.stem in pure]
    modules = [*map(_module, quick), "petal_constructs.cli.main"]
    program = f"""
import importlib, sys
started = []
sys.addaudithook(lambda event, _: started.append(event) if event == "subprocess.Popen" else None)
for module in {modules}:
    importlib.import_module(module)
print(sorted({{"aws_cdk", "cdk8s", "constructs", "jsii", "boto3"}} & set(sys.modules)), started)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert run.stderr == ""
    assert run.stdout == "[] []\n"


def test_no_file_names_a_machine_or_a_package_registry():
    # Put together here so that this file does not hold what it looks for.
    words = ["../" + "shared", "/" + "work/", "/" + "root/", "registry." + "npmjs", "pypi." + "org"]
    search = ["git", "grep", "--line-number", "--fixed-strings", "-I"]
    for word in words:
        search += ["-e", word]

    found = subprocess.run(search, cwd=ROOT, capture_output=True, text=True, check=False)

    assert found.stdout == ""

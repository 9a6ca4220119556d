"""`petal schema`: the seed language for editors."""

from __future__ import annotations

from petal_constructs.cli import output
from petal_constructs.cli.options import OutputFile


def schema(output_file: OutputFile = None) -> None:
    """Print the JSON Schema of seeds, with which editors complete and check while you type."""
    from petal_constructs.seed.schema import json_schema

    output.write(output.to_json(json_schema()), output_file)

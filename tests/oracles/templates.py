"""Judges of a template: cfn-lint for what CloudFormation refuses, cdk-nag for what is unsafe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks
from cfnlint import ManualArgs, lint

Template = Mapping[str, Any]
NAG = "AwsSolutions"
"""Name of the rule pack in the report, and prefix of the ids that acknowledge its findings."""


def cfn_lint_errors(template: Template, region: str) -> list[str]:
    """What CloudFormation would refuse in this region, by cfn-lint: `E3012 Resources/...: why`."""
    return [found for found in cfn_lint_findings(template, region) if found.startswith("E")]


def cfn_lint_findings(template: Template, region: str) -> list[str]:
    """Errors and warnings, in order."""
    matches = lint(json.dumps(template), config=ManualArgs(regions=[region]))
    return sorted(
        f"{match.rule.id} {'/'.join(map(str, match.path or ()))}: {match.message}"
        for match in matches
    )


@dataclass(frozen=True, slots=True)
class NagFinding:
    """A rule that a construct breaks; `reason` is why that was acknowledged, else empty."""

    rule: str
    """With the finding's own part, e.g. `AwsSolutions-IAM5[Action::s3:List*]`."""
    path: str
    description: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.rule}: {self.description}"


def nag(app: cdk.App) -> tuple[NagFinding, ...]:
    """Synthesise an app under the AwsSolutions rules: every finding, also an acknowledged one.

    A finding is acknowledged from construct code without cdk-nag: `cdk.Validations.of(construct)
    .acknowledge(cdk.Acknowledgment(id="AwsSolutions::" + rule, reason=...))`, at the construct or
    any construct around it. With the prefix, the CDK's report keeps the finding and the reason.
    """
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks())
    try:
        app.synth()
    except RuntimeError as error:  # how jsii hands on any error of the CDK
        if "ValidationFailed" not in str(error):
            raise
    return nag_report(Path(app.outdir))


def nag_report(assembly: Path) -> tuple[NagFinding, ...]:
    """The findings in a cloud assembly that was synthesised under these rules."""
    report = json.loads((assembly / "validation-report.json").read_text())
    (ours,) = (plugin for plugin in report["pluginReports"] if plugin["pluginName"] == NAG)
    return tuple(
        NagFinding(
            violation["ruleName"],
            construct["constructPath"],
            violation["description"],
            violation.get("reason", ""),
        )
        for violation in (*ours["violations"], *ours.get("suppressedViolations", ()))
        for construct in violation["violatingConstructs"]
    )


def nag_findings(app: cdk.App) -> list[str]:
    """What nobody has acknowledged, as text."""
    return [str(finding) for finding in nag(app) if not finding.reason]

"""Every seed's template before its judges: CloudFormation's rules and cdk-nag's."""

from __future__ import annotations

import pytest

from tests.oracles.templates import cfn_lint_errors
from tests.stacks import SEEDS, findings_of, plan_of, template_of


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_cfn_lint_finds_no_error(seed):
    assert cfn_lint_errors(template_of(seed), plan_of(seed).region) == []


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_no_finding_of_cdk_nag_is_left_without_a_reason(seed):
    findings = findings_of(seed)

    assert [str(finding) for finding in findings if not finding.reason] == []
    assert findings, "cdk-nag looked at nothing"

"""What queues, the head node and login nodes have alike: actions, rights, and petal's own parts."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.imports.parallelcluster.ledger import Part

_OWN_SCRIPT: Final = "/petal-node.sh"
_OWN_POLICY: Final = "/petal/"
_SYSTEMS_MANAGER: Final = ":policy/AmazonSSMManagedInstanceCore"
_OURS: Final = "petal's own, which it adds to every cluster"


def settle_own(node: Part, *, head: bool = False) -> bool:
    """Actions and policies that petal adds to every cluster: whether it wrote the file."""
    actions, found = node.at("CustomActions"), False
    for event in actions.keys:
        for action in _sequence(actions.at(event)):
            if (action.at("Script").text or "").endswith(_OWN_SCRIPT):
                action.become("same", "", _OURS)
                found = True
    for policy in node.at("Iam", "AdditionalIamPolicies").items:
        arn = policy.at("Policy").text or ""
        if _OWN_POLICY in arn or (head and arn.endswith(_SYSTEMS_MANAGER)):
            policy.become("same", "", _OURS)
    return found


def scripts(queue: Part, seed: str) -> list[dict[str, Any]]:
    """Entries of `queues[].scripts`: those that run first, then those that run last."""
    events = (("OnNodeStart", "start"), ("OnNodeConfigured", "configured"))
    found: list[dict[str, Any]] = []
    for event, when in events:
        for action in _sequence(queue.at("CustomActions", event)):
            url = action.at("Script").text
            if url is None or url.endswith(_OWN_SCRIPT):
                continue
            args = [part.text for part in action.at("Args").items if part.text is not None]
            later = {} if when == "configured" else {"when": when}
            action.become("kept", f"{seed}.scripts[{len(found)}]")
            found.append({"script": url, **({"args": args} if args else {}), **later})
    return found


def _sequence(action: Part) -> tuple[Part, ...]:
    """One action or several of them (OneOrManyCustomActionField, cluster_schema.py of 3.16.1)."""
    return action.at("Sequence").items or action.items or (action,)

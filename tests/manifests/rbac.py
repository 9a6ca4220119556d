"""Who may do what: roles and their bindings, evaluated as the API server does.

Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.manifests.judge import Object


@dataclass(frozen=True)
class Who:
    """Who asks: a user with groups. Everybody is in `system:authenticated`."""

    user: str = ""
    groups: frozenset[str] = frozenset()

    @classmethod
    def group(cls, *names: str) -> Who:
        """Somebody in these groups."""
        return cls(groups=frozenset(names))

    @classmethod
    def service_account(cls, namespace: str, name: str) -> Who:
        """The pods of a service account."""
        groups = {"system:serviceaccounts", f"system:serviceaccounts:{namespace}"}
        return cls(f"system:serviceaccount:{namespace}:{name}", frozenset(groups))


def may(
    objects: Iterable[Object],
    who: Who,
    verb: str,
    what: str,
    namespace: str | None = None,
    name: str | None = None,
) -> bool:
    """Whether a request is granted, asked as in `kubectl auth can-i`.

    Args:
        objects: All objects of the cluster; roles and bindings count.
        who: Who asks.
        verb: Such as `patch`.
        what: `pods`, `pods/log`, `nodesets.slinky.slurm.net/scale`.
        namespace: Default: the whole cluster.
        name: Of the object. Default: not told, as in a list or create.

    Raises:
        LookupError: A binding names a role that is not among the objects, so nobody can tell.
    """
    known = list(objects)
    return any(
        _grants(rule, verb, what, name)
        for binding in _bindings(known, namespace)
        if any(_is(who, subject, binding) for subject in binding.get("subjects") or ())
        for rule in _role(known, binding).get("rules") or ()
    )


def _bindings(known: list[Object], namespace: str | None) -> Iterator[Object]:
    for found in known:
        here = namespace is not None and found["metadata"].get("namespace") == namespace
        if found["kind"] == "ClusterRoleBinding" or (found["kind"] == "RoleBinding" and here):
            yield found


def _is(who: Who, subject: dict[str, str], binding: Object) -> bool:
    match subject["kind"]:
        case "Group":
            return subject["name"] in who.groups | {"system:authenticated"}
        case "User":
            return subject["name"] == who.user
        case "ServiceAccount":
            home = subject.get("namespace") or binding["metadata"].get("namespace")
            return who.user == f"system:serviceaccount:{home}:{subject['name']}"
        case _:
            return False


def _role(known: list[Object], binding: Object) -> Object:
    kind, name = binding["roleRef"]["kind"], binding["roleRef"]["name"]
    home = binding["metadata"].get("namespace") if kind == "Role" else None
    for found in known:
        metadata = found["metadata"]
        if (found["kind"], metadata["name"], metadata.get("namespace")) == (kind, name, home):
            return found
    raise LookupError(f"{binding['metadata']['name']} binds a {kind} that is not here: {name}")


def _grants(rule: dict[str, Any], verb: str, what: str, name: str | None) -> bool:
    whole, _, part = what.partition("/")
    resource, _, group = whole.partition(".")
    spellings = {"*", f"{resource}/{part}", f"*/{part}"} if part else {"*", resource}
    names = rule.get("resourceNames")
    return (
        bool({"*", verb} & set(rule["verbs"]))
        and bool({"*", group} & set(rule.get("apiGroups") or ()))
        and bool(spellings & set(rule.get("resources") or ()))
        and (not names or name in names)
    )

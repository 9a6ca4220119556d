"""Names in a job's options that must exist on the cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from petal_constructs.jobs import numbers
from petal_constructs.jobs.findings import Finding, cannot, change, note
from petal_constructs.jobs.request import Request
from petal_constructs.jobs.site import NodeKind, Partition, Site
from petal_constructs.seed.suggest import did_you_mean, one_of

_FEATURE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:=-]*")
_COUNT: Final = re.compile(r"\*\d+")
_LICENCES_HINT: Final = "remove --licenses; parallelcluster counts those of software.licences"
_NO_MAIL: Final = frozenset({"", "none"})


def check_names(wish: Request, site: Site) -> Iterator[Finding]:
    """Every name that the options of a job part hold, but its queue's."""
    names = (wish.text("partition") or site.default).split(",")
    queues = [queue for name in names if (queue := site.partition(name))]
    kinds = [kind for queue in queues for kind in queue.kinds]
    yield from _constraint(wish, kinds, site)
    yield from _resources(wish)
    yield from _gpu_types(wish, kinds)
    yield from _licences(wish, site)
    yield from _account(wish, queues, site)
    yield from _nodes(wish, kinds)
    yield from _array(wish, site)
    yield from _absent(wish)


def _constraint(wish: Request, kinds: list[NodeKind], site: Site) -> Iterator[Finding]:
    text = wish.text("constraint")
    if not text or not kinds:
        return
    here = frozenset().union(*(kind.features for kind in kinds))
    everywhere = {word for queue in site.partitions for word in queue.features}
    for word in _FEATURE.findall(_COUNT.sub("", text)):
        if word not in here:
            hint = did_you_mean(word, sorted(here)) or one_of(sorted(here))
            other = [queue.name for queue in site.partitions if word in queue.features]
            if word in everywhere:
                hint = f"write #SBATCH --partition={other[0]}, whose nodes have it"
            message = f"no node of the queue has the feature {word[:60]}"
            yield change("J121", message, hint, wish.spot("constraint"))
            return


def _resources(wish: Request) -> Iterator[Finding]:
    for name, _, _ in wish.values.get("gres") or ():
        if name != "gpu":
            message = f"nodes have no generic resource {name[:60]}: Slurm counts gpu alone"
            yield change("J122", message, "remove it from --gres", wish.spot("gres"))


def _gpu_types(wish: Request, kinds: list[NodeKind]) -> Iterator[Finding]:
    if not any(kind.gpus for kind in kinds):
        return
    known = sorted({word for kind in kinds for word in kind.gpu_types})
    for word in wish.gpu_types:
        if word not in known:
            message = f"Slurm knows no GPUs of type {word[:60]} in this queue"
            plain = "write the number alone, as in gpu:2"
            hint = f"write {' or '.join(known)}, or no type" if known else plain
            yield change("J122", message, hint, wish.spot("gres", "gpus", "gpus-per-node"))


def _licences(wish: Request, site: Site) -> Iterator[Finding]:
    for part in filter(None, re.split(r"[,|]", wish.text("licenses") or "")):
        name, _, count = part.replace("=", ":").partition(":")
        name = name.partition("@")[0]
        most = site.licences.get(name)
        spot = wish.spot("licenses")
        if most is None:
            message = f"Slurm counts no licences of {name[:60]}"
            hint = did_you_mean(name, site.licences) or _LICENCES_HINT
            yield change("J123", message, hint, spot)
        elif (numbers.integer(count) or 1) > most:
            message = f"{count} licences of {name} are more than there are ({most})"
            yield cannot("J123", message, f"ask for {most} at most", spot)


def _account(wish: Request, queues: list[Partition], site: Site) -> Iterator[Finding]:
    account, spot = wish.text("account"), wish.spot("account")
    if account and not site.accounts:
        message = "Slurm knows no accounts here, and takes any name"
        yield note("J119", message, "nothing is to be done", spot)
    elif account and account not in site.accounts:
        hint = did_you_mean(account, site.accounts) or one_of(site.accounts)
        yield change("J119", f"there is no account {account[:60]}", hint, spot)
    elif account and queues and not any(_lets_in(queue, account) for queue in queues):
        message = f"queue {queues[0].name} is not for account {account}"
        allowed = [queue.name for queue in site.partitions if _lets_in(queue, account)]
        yield change("J119", message, one_of(allowed) or "ask for another queue", spot)
    if wish.text("qos") not in (None, "", "normal"):
        message = f"Slurm has no quality of service {wish.text('qos')}, and takes any name"
        yield note("J120", message[:120], "nothing is to be done", wish.spot("qos"))


def _lets_in(queue: Partition, account: str) -> bool:
    return not queue.allowed_accounts or account in queue.allowed_accounts


def _nodes(wish: Request, kinds: list[NodeKind]) -> Iterator[Finding]:
    for option in ("nodelist", "exclude"):
        text = wish.text(option)
        first = re.split(r"[,\[]", text or "")[0]
        if not first or "/" in (text or ""):
            continue
        name = first + "1" if "[" in (text or "").partition(",")[0] else first
        if not any(re.fullmatch(kind.node_names, name) for kind in kinds if kind.node_names):
            message = f"no node is called {(text or '')[:60]}: they have other names here"
            hint = f"remove --{option}: nodes come and go, and their names with them"
            yield change("J125", message, hint, wish.spot(option))


def _array(wish: Request, site: Site) -> Iterator[Finding]:
    last = wish.values.get("array")
    if last is not None and last >= site.array_size:
        message = f"array index {last:,} is beyond Slurm's last one ({site.array_size - 1:,})"
        hint = "submit several smaller arrays, and add an offset to SLURM_ARRAY_TASK_ID"
        yield change("J126", message, hint, wish.spot("array"))


def _absent(wish: Request) -> Iterator[Finding]:
    """What neither platform sets up."""
    if name := wish.text("reservation"):
        message = f"there is no reservation {name[:60]} unless an administrator made it"
        yield change("J124", message, "remove --reservation", wish.spot("reservation"))
    if name := wish.text("clusters"):
        message = f"this Slurm knows no other clusters ({name[:60]})"
        yield change("J127", message, "remove --clusters", wish.spot("clusters"))
    for name in ("container", "reboot"):
        if name in wish.options:
            message = f"Slurm is not set up for --{name} here"
            yield change("J127", message, f"remove --{name}", wish.spot(name))
    mail = (wish.text("mail-type") or "").lower()
    if mail not in _NO_MAIL:
        message = "no mail is sent: nodes have no mail program"
        yield note("J138", message, "nothing is to be done, or ask sacct", wish.spot("mail-type"))

"""Subnets, SSH and keys -> `network`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from petal_constructs.imports.parallelcluster.ledger import Ledger, Part

_PERHAPS_PUBLIC: Final = (
    "the head node alone stands there: if it is a public subnet, move it to public_subnets, since "
    "other nodes would have no way out of it"
)
_SUBNET: Final = re.compile(r"subnet-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Places:
    """Where nodes stand.

    Attributes:
        public: Subnet of a head node with an address of its own; empty where it has none.
        private: All other subnets, that of the head node first.
    """

    public: tuple[str, ...]
    private: tuple[str, ...]

    def chosen(self, subnets: list[Part], seed: str) -> list[str]:
        """What a queue names of `private`; nothing where it takes the first by itself."""
        names = [part.text or "" for part in subnets]
        first = names == list(self.private[:1])
        for number, part in enumerate(subnets):
            part.become(
                "kept", "network.private_subnets[0]" if first else f"{seed}.subnets[{number}]"
            )
        return [] if first else names


def queue_subnets(queue: Part) -> list[Part]:
    """Where nodes of a queue stand: a list, or one subnet as early versions wrote it."""
    networking = queue.at("Networking")
    single = networking.at("SubnetId")
    return [part for part in (*networking.at("SubnetIds").items, single) if part.text]


def places(config: Part, queues: tuple[Part, ...]) -> Places:
    """Subnets of the head node and of the queues."""
    networking = config.at("HeadNode", "Networking")
    head = networking.at("SubnetId").text
    of_queues = [part.text for queue in queues for part in queue_subnets(queue) if part.text]
    alone = head is not None and head not in of_queues
    public = [head] if head and alone and _has_address(networking.at("ElasticIp")) else []
    private = dict.fromkeys([*([head] if head and not public else []), *of_queues])
    _tell(networking, alone=alone, public=bool(public))
    if alone and not public and networking.at("ElasticIp").on is None:
        config.ledger.remark(0, "decide", _PERHAPS_PUBLIC, "network.private_subnets[0]")
    return Places(tuple(public), tuple(private))


def _has_address(elastic_ip: Part) -> bool:
    return elastic_ip.on is True or (elastic_ip.text or "").startswith("eipalloc-")


def _tell(networking: Part, *, alone: bool, public: bool) -> None:
    kind = "public_subnets" if public else "private_subnets"
    networking.at("SubnetId").become("kept", f"network.{kind}[0]")
    address = networking.at("ElasticIp")
    if public and address.on:
        address.become("kept", "network.public_subnets")
    elif public:
        reason = "petal takes a new address; this one stays yours"
        address.become("changed", "network.public_subnets", reason)
    elif address.on is False:
        address.become("same", "", "so it is in a private subnet")
    elif _has_address(address) and not alone:
        reason = "petal gives the head node an address where it stands in a subnet without queues"
        address.become("lost", "", reason)


def network_section(config: Part, where: Places, vpc_id: str | None) -> dict[str, Any]:
    """Section `network`."""
    ssh = config.at("HeadNode", "Ssh")
    allowed = ssh.at("AllowedIps").keep("network.ssh_from[0]")
    ledger = config.ledger
    if not vpc_id and (where.public or where.private):
        _tell_of_vpc(ledger, (*where.public, *where.private))
    if allowed is None:
        reason = "the file says nothing, so any address may connect; name the block of your campus"
        ledger.remark(0, "decide", reason, "network.ssh_from")
    return {
        "vpc_id": vpc_id,
        "public_subnets": list(where.public),
        "private_subnets": list(where.private),
        "ssh_from": [allowed] if allowed else [],
        "key_name": ssh.at("KeyName").keep("network.key_name"),
    }


def _tell_of_vpc(ledger: Ledger, subnets: tuple[str, ...]) -> None:
    """How to find it, in a command for the shell: nothing but an id may stand in it."""
    subnet = next(filter(_SUBNET.fullmatch, subnets), None)
    if subnet is None:
        reason = "the file names no VPC: give --vpc-id that of its subnets"
        ledger.remark(0, "decide", reason, "network.vpc_id")
        return
    ask = f"aws ec2 describe-subnets --subnet-ids {subnet} --query 'Subnets[0].VpcId'"
    reason = "the file names no VPC, only its subnets; --vpc-id takes what this prints"
    ledger.remark(0, "decide", reason, "network.vpc_id", ask)

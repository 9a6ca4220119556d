"""Stand-ins for capacity reservations, which moto 5.2.5 does not know.

A reservation is what the first queue that names it takes it for: of its type, in its zone, for its
operating system. A resource group holds one reservation for each type and zone of that queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from pcluster.aws.aws_resources import CapacityReservationInfo
from pcluster.aws.ec2 import Ec2Client
from pcluster.aws.resource_groups import ResourceGroupsClient
from pcluster.constants import CAPACITY_RESERVATION_OS_MAP

NODES = 64
"""How many each reservation holds."""

_reservations: dict[str, CapacityReservationInfo] = {}
_groups: dict[str, list[str]] = {}


def install() -> None:
    """Answer in the place of EC2 and AWS Resource Groups."""
    Ec2Client.describe_capacity_reservations = lambda _client, ids: _known(ids)
    Ec2Client.get_instance_type_and_reservation_type_from_capacity_reservation = (
        lambda _client, name: (
            _reservations[name].instance_type(),
            _reservations[name].reservation_type(),
        )
    )
    ResourceGroupsClient.get_capacity_reservation_ids_from_group_resources = _members
    ResourceGroupsClient.get_group_configuration = lambda _client, group: {
        "GroupConfiguration": {
            "Configuration": [{"Type": "AWS::EC2::CapacityReservationPool"}] if group else []
        }
    }


def _members(_client: ResourceGroupsClient, group: str) -> list[str]:
    return _groups.get(group, [])


def _known(ids: list[str]) -> list[CapacityReservationInfo]:
    return [_reservations[name] for name in ids if name in _reservations]


def make(config: dict, zone_of: Callable[[str], str]) -> None:
    """Reserve what the queues of a configuration name; `zone_of` tells the zone of a subnet."""
    _reservations.clear()
    _groups.clear()
    platform = CAPACITY_RESERVATION_OS_MAP[config["Image"]["Os"]]
    for queue in config["Scheduling"]["SlurmQueues"]:
        target = queue.get("CapacityReservationTarget", {})
        zones = [zone_of(subnet) for subnet in queue["Networking"]["SubnetIds"]]
        places = list(product(_types(queue), zones))
        block = queue.get("CapacityType") == "CAPACITY_BLOCK"
        if name := target.get("CapacityReservationId"):
            _reservations.setdefault(name, _reservation(name, *places[0], platform, block=block))
        if group := target.get("CapacityReservationResourceGroupArn"):
            ids = [f"cr-{abs(hash((group, place))):017x}"[:20] for place in places]
            _groups[group] = ids
            for each, place in zip(ids, places, strict=True):
                _reservations[each] = _reservation(each, *place, platform, block=False)


def _types(queue: dict) -> Iterator[str]:
    for resource in queue["ComputeResources"]:
        if "InstanceType" in resource:
            yield resource["InstanceType"]
        yield from (each["InstanceType"] for each in resource.get("Instances", ()))


def _reservation(
    name: str, instance_type: str, zone: str, platform: str, *, block: bool
) -> CapacityReservationInfo:
    arn = f"arn:aws:ec2:{zone[:-1]}:123456789012:capacity-reservation/{name}"
    return CapacityReservationInfo(
        {
            "CapacityReservationId": name,
            "CapacityReservationArn": arn,
            "InstanceType": instance_type,
            "InstancePlatform": platform,
            "AvailabilityZone": zone,
            "TotalInstanceCount": NODES,
            "AvailableInstanceCount": NODES,
            "State": "active",
            "Tags": [],
            **({"ReservationType": "capacity-block"} if block else {}),
        }
    )

"""The network of a cluster: made, or an existing one by its ids."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IDependable

from petal_constructs.constructs.acknowledge import acknowledge
from petal_constructs.plan.values import Network

UNKNOWN_ZONE: Final = "unknown-zone"
"""Stands for the Availability Zones of an existing VPC, which nothing may ask for."""


class ClusterNetwork(Construct):
    """Public and private subnets in two Availability Zones with a NAT gateway, or an existing VPC.

    An existing VPC is named by ids, so that nothing is looked up and synthesis is offline.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        plan: Ids of an existing network, or none of them.
        vpc: VPC of your own app. Default: as `plan` says.
        zone_ids: Ids of the two zones of a new VPC. Default: as `plan` says.

    Attributes:
        vpc_id: Id of the VPC.
        public_subnet_ids: Subnets with a route to an internet gateway; there may be none.
        private_subnet_ids: Subnets whose way out is a NAT gateway or VPC endpoints.
        head_subnet_id: Subnet of the head node, a public one where there is one.
        compute_subnet_ids: The private subnets, or the public ones where there are no others; for
            a new VPC one in each Availability Zone.
        compute_subnet_id: The first of them: for a new VPC in the head node's Availability Zone,
            so that traffic between the two costs nothing.
        head_is_public: Whether the head node is reached by a public address.
        ready: What must exist before a node can reach AWS; deleted after the nodes.
        given: The VPC as the CDK knows it, made here or passed in; None for one by its ids.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Network,
        vpc: ec2.IVpc | None = None,
        zone_ids: tuple[str, ...] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self.given: ec2.IVpc | None = None
        self.ready: IDependable = self
        if vpc is None and plan.vpc_id is not None:
            self.vpc_id = plan.vpc_id
            public, private = plan.public_subnet_ids, plan.private_subnet_ids
        else:
            vpc = vpc or self._new_vpc(plan.zones, zone_ids)
            self.given = vpc
            self.ready = vpc
            self.vpc_id = vpc.vpc_id
            public = tuple(subnet.subnet_id for subnet in vpc.public_subnets)
            private = tuple(subnet.subnet_id for subnet in vpc.private_subnets)
        self.public_subnet_ids = public
        self.private_subnet_ids = private
        self.compute_subnet_ids = private or public
        self.compute_subnet_id = self.compute_subnet_ids[0]
        self.head_subnet_id = (public or private)[0]
        self.head_is_public = bool(public)

    @cached_property
    def vpc(self) -> ec2.IVpc:
        """The VPC, for constructs that ask for one; an existing one does not know its zones."""
        return self.given or self._existing()

    def _existing(self) -> ec2.IVpc:
        subnets: dict[str, Any] = {}
        for kind, ids in (("public", self.public_subnet_ids), ("private", self.private_subnet_ids)):
            if ids:
                subnets[f"{kind}_subnet_ids"] = list(ids)
                subnets[f"{kind}_subnet_names"] = [f"{kind}-{number}" for number in range(len(ids))]
        vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Existing",
            vpc_id=self.vpc_id,
            availability_zones=[UNKNOWN_ZONE],
            **subnets,
        )
        cdk.Annotations.of(self).acknowledge_warning(
            "@aws-cdk/aws-ec2:noSubnetRouteTableId", "its routes are not petal's"
        )
        return vpc

    @cached_property
    def cidrs(self) -> tuple[str, ...]:
        """IPv4 blocks of the VPC; of an existing one AWS is asked when the stack is deployed.

        Subnets may lie in a further block of the VPC, so they are asked for as well.
        """
        if self.given is not None:
            return (self.given.vpc_cidr_block,)
        # Few clusters ask, and what they ask with takes a while to load.
        from petal_constructs.constructs.asked import asked

        first = asked(
            self,
            "Block",
            service="ec2",
            action="DescribeVpcs",
            parameters={"VpcIds": [self.vpc_id]},
            about=self.vpc_id,
            paths=("Vpcs.0.CidrBlock",),
        )
        subnets = (*self.private_subnet_ids, *self.public_subnet_ids)
        return first + asked(
            self,
            "SubnetBlocks",
            service="ec2",
            action="DescribeSubnets",
            parameters={"SubnetIds": list(subnets)},
            about=self.vpc_id,
            paths=tuple(f"Subnets.{number}.CidrBlock" for number in range(len(subnets))),
        )

    def _new_vpc(self, zones: tuple[str, ...], zone_ids: tuple[str, ...]) -> ec2.Vpc:
        vpc = ec2.Vpc(
            self,
            "Vpc",
            **({"availability_zones": list(zones)} if zones else {"max_azs": 2}),
            nat_gateways=1,
            # Without it, every byte from S3 would be paid for at the NAT gateway.
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
            },
        )
        for subnets in (vpc.public_subnets, vpc.private_subnets):
            for subnet, zone_id in zip(subnets, zone_ids, strict=False):
                resource = cast("ec2.CfnSubnet", subnet.node.default_child)
                resource.availability_zone = None
                resource.availability_zone_id = zone_id
        acknowledge(vpc, {"VPC7": "flow logs cost by traffic; sites that need them pass in a VPC"})
        return vpc

    def ssh_group(self, blocks: tuple[str, ...]) -> str:
        """Id of a security group that lets SSH in from these blocks."""
        group = ec2.CfnSecurityGroup(
            self,
            "Ssh",
            group_description="SSH from network.ssh_from of the seed",
            vpc_id=self.vpc_id,
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp", from_port=22, to_port=22, cidr_ip=block
                )
                for block in blocks
            ],
        )
        return group.attr_group_id

"""The ways of jobs between the sides: doors, names, and the key of tokens."""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from petal_constructs.constructs.acknowledge import acknowledge
from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.constructs.storage import let_in
from petal_constructs.plan.submission import HEAD_REST_PORT
from petal_constructs.platforms.hybrid import names
from petal_constructs.platforms.hybrid.submission import REST_HOST
from petal_constructs.platforms.pcs.names import REST_PORT

_KEY_LENGTH: Final = 64
"""Letters and digits: 380 bits, more than the 256 that HS256 asks for (RFC 7518, 3.2)."""
_KEY_FORM: Final[dict[str, Any]] = {
    "secret_string_template": "{}",
    "generate_string_key": "password",
}
"""As `charts/copied_secrets.py` reads it."""
_PORTS: Final = (REST_PORT, REST_PORT)
_HEAD_PORTS: Final = (HEAD_REST_PORT, HEAD_REST_PORT)


class Entrance(Construct):
    """An internal Network Load Balancer before slurmrestd, its name, and the key of tokens.

    It is CloudFormation's, so that its address is known before any pod is; a TargetGroupBinding in
    the EKS cluster fills its target group. Billed from the start: the load balancer and the private
    zone.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        cluster_name: Of the hybrid cluster.
        network: Where; the load balancer stands in the private subnets.

    Attributes:
        submitters_group_id: Security group of the nodes that may connect.
        target_group_arn: Takes addresses of pods.
        zone_id: The private zone of names.
        secret_arn: Secret of AWS Secrets Manager: a JSON object whose `password` is the key.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, cluster_name: str, network: ClusterNetwork
    ) -> None:
        super().__init__(scope, construct_id)
        self._network = network
        submitters = self._group("Submitters", "Nodes that submit jobs to slurmrestd on EKS")
        self.submitters_group_id = submitters.attr_group_id
        self._balancers = self._group("Balancers", "The load balancer before slurmrestd on EKS")
        let_in(self, "FromSubmitters", _PORTS, to=self._balancers, source=submitters)
        balancer = self._balancer()
        self.target_group_arn = self._targets(balancer)
        self.zone_id = self._zone(names.rest_zone(cluster_name), balancer)
        self.secret_arn = self._key(names.key_parameter(cluster_name))

    def let_in(self, scope: Construct, nodes_group_id: str) -> None:
        """Let it reach the nodes of a security group, and these the head node, by rules in `scope`.

        Login nodes have the head node's group too, and nothing that listens.
        """
        let_in(scope, "Slurmrestd", _PORTS, to=nodes_group_id, source=self._balancers)
        let_in(scope, "HeadNode", _HEAD_PORTS, to=self.submitters_group_id, source=nodes_group_id)

    def _group(self, construct_id: str, description: str) -> ec2.CfnSecurityGroup:
        return ec2.CfnSecurityGroup(
            self, construct_id, group_description=description, vpc_id=self._network.vpc_id
        )

    def _balancer(self) -> elb.CfnLoadBalancer:
        # One pod stands behind it, in one of the zones.
        everywhere = elb.CfnLoadBalancer.LoadBalancerAttributeProperty(
            key="load_balancing.cross_zone.enabled", value="true"
        )
        balancer = elb.CfnLoadBalancer(
            self,
            "Resource",
            type="network",
            scheme="internal",
            subnets=list(self._network.private_subnet_ids),
            security_groups=[self._balancers.attr_group_id],
            load_balancer_attributes=[everywhere],
        )
        acknowledge(
            balancer, {"ELB2": "a network load balancer logs requests of TLS listeners alone"}
        )
        return balancer

    def _targets(self, balancer: elb.CfnLoadBalancer) -> str:
        """ARN of what the listener leads to; the load balancer asks from addresses of its own."""
        settings = {
            "preserve_client_ip.enabled": "false",
            "deregistration_delay.timeout_seconds": "10",
        }
        targets = elb.CfnTargetGroup(
            self,
            "Targets",
            vpc_id=self._network.vpc_id,
            protocol="TCP",
            port=REST_PORT,
            target_type="ip",
            health_check_protocol="TCP",
            target_group_attributes=[
                elb.CfnTargetGroup.TargetGroupAttributeProperty(key=key, value=value)
                for key, value in settings.items()
            ],
        )
        forward = elb.CfnListener.ActionProperty(type="forward", target_group_arn=targets.ref)
        elb.CfnListener(
            self,
            "Listener",
            load_balancer_arn=balancer.ref,
            protocol="TCP",
            port=REST_PORT,
            default_actions=[forward],
        )
        return targets.ref

    def _zone(self, zone_name: str, balancer: elb.CfnLoadBalancer) -> str:
        """Its id. It has a name that is known before the load balancer is, for tables on nodes."""
        region = cdk.Stack.of(self).region
        vpc = route53.CfnHostedZone.VPCProperty(vpc_id=self._network.vpc_id, vpc_region=region)
        zone = route53.CfnHostedZone(self, "Zone", name=zone_name, vpcs=[vpc])
        route53.CfnRecordSet(
            self,
            "Name",
            hosted_zone_id=zone.ref,
            name=f"{REST_HOST}.{zone_name}",
            type="A",
            alias_target=route53.CfnRecordSet.AliasTargetProperty(
                dns_name=balancer.attr_dns_name,
                hosted_zone_id=balancer.attr_canonical_hosted_zone_id,
            ),
        )
        return zone.ref

    def name_head_node(self, scope: Construct, cluster_name: str, address: str) -> None:
        """Give the head node a name; `scope` has it, as this is there before the head node is."""
        route53.CfnRecordSet(
            scope,
            "HeadNodeName",
            hosted_zone_id=self.zone_id,
            name=names.head_node(cluster_name),
            type="A",
            ttl="60",
            resource_records=[address],
        )

    def _key(self, parameter: str) -> str:
        """ARN of the secret. Its own name is AWS's choice; the parameter tells the head node."""
        generated = secretsmanager.CfnSecret.GenerateSecretStringProperty(
            **_KEY_FORM,
            password_length=_KEY_LENGTH,
            exclude_punctuation=True,
        )
        secret = secretsmanager.CfnSecret(
            self,
            "Key",
            description="Signs tokens for both sides of a hybrid cluster",
            generate_secret_string=generated,
        )
        acknowledge(secret, {"SMG4": "a new key would start slurmctld anew at any time"})
        ssm.CfnParameter(self, "WhereKeyIs", name=parameter, type="String", value=secret.ref)
        return secret.ref

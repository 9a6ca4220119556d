"""The construct: a ParallelCluster in a VPC of yours or one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from petal_constructs.constructs.keep import may_destroy
from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.platforms import Plan
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.node_access import NodeFiles, NodePolicies
from petal_constructs.platforms.parallelcluster.node_config import References
from petal_constructs.platforms.parallelcluster.storage_config import StorageReferences
from petal_constructs.platforms.parallelcluster.values import as_parallelcluster
from petal_constructs.render import node

if TYPE_CHECKING:
    from petal_constructs.platforms.parallelcluster.accounting import Accounting
    from petal_constructs.platforms.parallelcluster.file_systems import FileSystems


class WayOut(Protocol):
    """The way to another cluster's slurmrestd: see `Entrance` of the platform hybrid."""

    submitters_group_id: str
    secret_arn: str


class ParallelCluster(Construct):
    """A Slurm cluster of AWS ParallelCluster, in a VPC of yours or one of its own.

    Defines a bucket with the node scripts, the policies of the nodes, AWS's provider for
    ParallelCluster, and the cluster itself. The head node and the /petal volume are billed from
    the start, compute nodes only while jobs run (or as `min_count` asks). The volume, the head
    node's disk with /home and file systems stay when the cluster is deleted.

    A permissions boundary or a prefix of the seed goes to every role of the stack around it, since
    functions of the CDK have roles there.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it replaces the cluster.
        plan: What to build; `petal_constructs.plan_seed(seed)` makes one.
        vpc: Network to build in, with private subnets that reach the internet or VPC endpoints.
            Default: as the plan says, an existing one by its ids or a new one.
        encryption_key: Key for EBS volumes and the script bucket; it cannot be changed later.
            Default: AWS's own keys.
        storage: New file systems of the plan that stand already. Default: made here.
        accounting: Database of job records that stands already. Default: made here.
        way_out: For plans whose people submit to another cluster as well. Default: there is none.

    Raises:
        UsageError: The plan is for another platform.

    Attributes:
        network: Where the cluster stands.
        files: The bucket of node scripts.
        policies: Managed policies of every node, to add statements to.
        storage: File systems that petal makes; None if it makes none.
        accounting: The database of job records; None if none are kept.
        resource: The `Custom::PclusterCluster`; it answers `get_att_string("clusterStatus")`.
        config: The cluster configuration, with CDK tokens.

    Example:
        >>> stack = cdk.Stack(cdk.App(), "Hpc", env=cdk.Environment(region="us-east-1"))
        >>> hpc = ParallelCluster(stack, "Genomics", plan=plan, vpc=campus_vpc)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        vpc: ec2.IVpc | None = None,
        encryption_key: kms.IKey | None = None,
        storage: FileSystems | None = None,
        accounting: Accounting | None = None,
        way_out: WayOut | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.plan = as_parallelcluster(plan)
        self.network = ClusterNetwork(self, "Network", plan=self.plan.network, vpc=vpc)
        self.files = NodeFiles(self, "NodeFiles", plan=self.plan, encryption_key=encryption_key)
        self.accounting = accounting or self._accounting()
        self.policies = NodePolicies(
            self,
            "NodePolicies",
            plan=self.plan,
            files=self.files,
            encryption_key=encryption_key,
            secret_arns=self._secrets(),
            token_key_arn=way_out.secret_arn if way_out else None,
        )
        self.storage = storage or self._storage()
        self.config = cluster_config(self.plan, self._references(encryption_key, way_out))
        self.resource = self._cluster(self.plan.roles.provider or self._provider())
        self.resource.node.add_dependency(self.files, self.policies, self.network.ready)
        if self.storage is not None:
            self.resource.node.add_dependency(self.storage)
        self._tell_people()
        self._obey_the_account()

    def _tell_people(self) -> None:
        # Few clusters ask for it, and each of CDK's modules takes a while to load.
        if self.plan.watch.emails:
            from petal_constructs.constructs.alarm_mail import AlarmMail

            AlarmMail(
                self, "Alarms", alarm=self.plan.head_node_alarm, emails=self.plan.watch.emails
            )
        if self.plan.budget is not None:
            from petal_constructs.constructs.budget import ClusterBudget

            ClusterBudget(self, "Budget", budget=self.plan.budget)

    def _obey_the_account(self) -> None:
        """Bind every role of the stack, also those of the CDK's own functions outside of this."""
        stack, rules = cdk.Stack.of(self), self.plan.roles
        if rules.boundary:
            boundary = iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", rules.boundary)
            iam.PermissionsBoundary.of(stack).apply(boundary)
        if rules.prefix:
            from petal_constructs.platforms.parallelcluster.role_names import RoleNames

            cdk.Aspects.of(stack).add(RoleNames(self.plan))

    def _storage(self) -> FileSystems | None:
        if not self.plan.made:
            return None
        # Few clusters have any, and what they are made of takes a while to load.
        from petal_constructs.platforms.parallelcluster.file_systems import FileSystems

        return FileSystems(self, "Storage", folders=self.plan.made, network=self.network)

    def _accounting(self) -> Accounting | None:
        if not self.plan.accounting:
            return None
        # Few clusters keep records, and what the database is made of takes a while to load.
        from petal_constructs.platforms.parallelcluster.accounting import Accounting

        return Accounting(self, "Accounting", network=self.network)

    def _secrets(self) -> list[str]:
        """ARNs of the passwords that the head node reads."""
        directory = self.plan.directory
        return [
            *([self.accounting.database.secret_arn] if self.accounting else []),
            *([directory.password_secret] if directory else []),
        ]

    def _references(self, encryption_key: kms.IKey | None, way_out: WayOut | None) -> References:
        stack = cdk.Stack.of(self)
        more_ssh = self.plan.network.ssh_from[1:]
        return References(
            head_subnet=self.network.head_subnet_id,
            private_subnets=self.network.compute_subnet_ids,
            scripts=self.files.uri,
            policies=tuple(policy.managed_policy_arn for policy in self.policies.of_nodes),
            head_policies=(
                *(policy.managed_policy_arn for policy in self.policies.of_head),
                f"arn:{stack.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore",
            ),
            script_policies=tuple(p.managed_policy_arn for p in self.policies.of_scripts),
            boot_hash=node.boot_hash(),
            database=self.accounting.references if self.accounting else None,
            storage=StorageReferences(
                made=self.storage.ids if self.storage else {},
                security_group=self.storage.security_group_id if self.storage else None,
                volume_key=encryption_key.key_arn if encryption_key else None,
                may_destroy=may_destroy(self),
            ),
            submit_group=way_out.submitters_group_id if way_out else None,
            ssh_security_group=self.network.ssh_group(more_ssh) if more_ssh else None,
            head_is_public=self.network.head_is_public,
        )

    def _provider(self) -> str:
        """AWS's template with the function that makes clusters: the ARN of that."""
        rights = [policy.managed_policy_arn for policy in self.policies.of_provider]
        stack = cdk.CfnStack(
            self,
            "Provider",
            template_url=cdk.Fn.sub(self.plan.provider_template_url),
            parameters={"AdditionalIamPolicies": ",".join(rights)},
        )
        return stack.get_att("Outputs.ServiceToken").to_string()

    def _cluster(self, provider: str) -> cdk.CustomResource:
        properties: dict[str, Any] = {
            "ClusterName": self.plan.name,
            "ClusterConfiguration": self.config,
            "DeletionPolicy": "Delete",
        }
        return cdk.CustomResource(
            self,
            "Resource",
            resource_type="Custom::PclusterCluster",
            service_token=provider,
            properties=properties,
        )

    @property
    def head_node_address(self) -> str:
        """Public address of the head node; its private one where it stands in a private subnet."""
        kind = "public" if self.network.head_is_public else "private"
        return self.resource.get_att_string(f"headNode.{kind}IpAddress")

    @property
    def login_addresses(self) -> tuple[str, ...]:
        """Name of each login pool's load balancer, in seed order.

        The provider gives `describe-cluster`'s list by number (its template, text of 3.13.0).
        """
        pools = range(len(self.plan.login_nodes))
        return tuple(self.resource.get_att_string(f"loginNodes.{pool}.address") for pool in pools)

    @property
    def head_node_instance_id(self) -> str:
        """EC2 instance id of the head node."""
        return self.resource.get_att_string("headNode.instanceId")

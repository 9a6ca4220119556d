"""A Slurm cluster inside an app that has its own network, key and data."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from petal_constructs import ParallelCluster, load_seed, new_app, plan_seed
from petal_constructs.platforms import Plan


class ResearchStack(cdk.Stack):
    """The group's network, key and archive, and a cluster that uses all three."""

    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan) -> None:
        super().__init__(scope, construct_id, env=cdk.Environment(region=plan.region))
        vpc = ec2.Vpc(self, "Network", max_azs=2, nat_gateways=1)
        key = kms.Key(self, "Key", enable_key_rotation=True)
        archive = s3.Bucket(self, "Archive", encryption_key=key, enforce_ssl=True)

        hpc = ParallelCluster(self, "Hpc", plan=plan, vpc=vpc, encryption_key=key)

        archive.grant_read(hpc.policies.of_nodes[0])
        cdk.CfnOutput(self, "HeadNode", value=hpc.head_node_address)


app = new_app()
seed = load_seed(Path(__file__).with_name("seed.yaml"))
ResearchStack(app, "Research", plan=plan_seed(seed))
app.synth()

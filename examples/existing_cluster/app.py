"""Slurm on Amazon EKS inside an app that has its own network and its own pods."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import cdk8s
import cdk8s_plus_36 as kplus
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from petal_constructs import PcsEks, load_seed, new_app, plan_seed
from petal_constructs.platforms import Plan

NAMESPACE = "hpc-jobs"
"""Whose jobs reach the board: network policies keep other namespaces out."""
IMAGE = "public.ecr.aws/docker/library/python:3.13.15-alpine3.23"
PORT = 8000


class Board(cdk8s.Chart):
    """A web page that jobs and logins of the namespace find at http://board:8000."""

    def __init__(self, scope: Construct, chart_id: str, *, text: str) -> None:
        super().__init__(scope, chart_id, namespace=NAMESPACE)
        name = cdk8s.ApiObjectMetadata(name="board")
        pages = kplus.ConfigMap(self, "Pages", metadata=name, data={"index.html": text})
        server = kplus.Deployment(self, "Server", metadata=name, replicas=1)
        container = server.add_container(
            image=IMAGE,
            command=["python", "-m", "http.server", str(PORT), "--directory", "/pages"],
            port_number=PORT,
            security_context=kplus.ContainerSecurityContextProps(user=65534, group=65534),
            resources=kplus.ContainerResources(
                cpu=kplus.CpuResources(request=kplus.Cpu.millis(10)),
                memory=kplus.MemoryResources(
                    request=cdk8s.Size.mebibytes(32), limit=cdk8s.Size.mebibytes(128)
                ),
            ),
        )
        container.mount("/pages", kplus.Volume.from_config_map(self, "Folder", pages))
        server.expose_via_service(name="board")


class CampusStack(cdk.Stack):
    """The group's network, a cluster in it, and a page for the cluster's users."""

    def __init__(self, scope: Construct, construct_id: str, *, plan: Plan) -> None:
        super().__init__(scope, construct_id, env=cdk.Environment(region=plan.region))
        vpc = ec2.Vpc(self, "Network", max_azs=2, nat_gateways=1)

        hpc = PcsEks(self, "Hpc", plan=plan, vpc=vpc)

        hpc.add_chart("Board", Board(cdk8s.App(), "board", text="No maintenance is planned.\n"))
        cdk.CfnOutput(self, "ClusterName", value=hpc.cluster.cluster_name)


app = new_app()
seed = load_seed(Path(__file__).with_name("seed.yaml"))
CampusStack(app, "Campus", plan=plan_seed(seed))
app.synth()

"""The CDK app: `cdk deploy -c seed=seeds/bio.yaml`. One seed, one top-level stack."""

import sys

from petal_constructs.cli.cdk_app import main

sys.exit(main())

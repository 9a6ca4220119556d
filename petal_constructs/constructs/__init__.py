"""CDK parts that more than one platform uses. Importing them starts Node."""

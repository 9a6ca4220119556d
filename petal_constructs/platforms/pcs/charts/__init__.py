"""Petal's own Kubernetes objects, one module for each concern, as cdk8s charts."""

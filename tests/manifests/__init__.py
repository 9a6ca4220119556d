"""Judges of what petal puts into Kubernetes."""

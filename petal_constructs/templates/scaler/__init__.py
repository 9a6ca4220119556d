"""Programs that run in the cluster, from the standard library alone: the scaler and the drain."""

"""What will exist: values and pure functions shared by all platforms."""

"""The only code that runs container tools and talks to registries."""

#!/bin/bash
VERSION=$(podman run lab/tools --version | head -1)
echo "$VERSION"

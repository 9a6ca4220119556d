#!/bin/bash
docker run --rm --network=host -p 8080:8080 -v /data/raw:/in lab/tools:1 run

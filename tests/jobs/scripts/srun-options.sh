#!/bin/bash
srun --label --kill-on-bad-exit=1 --exclusive -n1 -c4 ./solver
srun --mpy=pmix ./solver

#!/usr/bin/env python3
#SBATCH -p gpu --gres=gpu:1
import subprocess
subprocess.run(["docker", "ps"])

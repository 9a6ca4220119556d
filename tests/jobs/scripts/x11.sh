#!/bin/bash
srun --x11 --pty xterm

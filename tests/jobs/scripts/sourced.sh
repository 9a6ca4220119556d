#!/bin/bash
source /home/ada/env.sh
. ./more.sh
./solver

#!/bin/bash
VERSION=1.9
module load samtools/$VERSION
samtools view

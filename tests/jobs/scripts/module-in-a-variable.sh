#!/bin/bash
for tool in samtools bwa; do
  module load "$tool"
done

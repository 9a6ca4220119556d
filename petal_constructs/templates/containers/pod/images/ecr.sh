#!/bin/bash
# To come.

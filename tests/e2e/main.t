#!/bin/sh
# The main job, behind nginx.
front=nginx
. "${srcdir:-.}/tests/e2e/main.sh"

#!/bin/sh
# The main job, behind lighttpd.
front=lighttpd
. "${srcdir:-.}/tests/e2e/main.sh"

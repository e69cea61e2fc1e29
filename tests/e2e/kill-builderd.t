#!/bin/sh
# builderd is killed; the next one waits for the lease to end.
victims='builderd build
builderd queued'
. "${srcdir:-.}/tests/e2e/kill.sh"

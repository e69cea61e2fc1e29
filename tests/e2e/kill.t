#!/bin/sh
# What builds lean on is killed: each server beside builderd.
victims='api build
serve build
redis queued
redis build
postgres build
postgres queued
nginx build'
. "${srcdir:-.}/tests/e2e/kill.sh"

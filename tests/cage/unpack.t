#!/bin/sh
# slipway-unpack, and archives that mean harm (SEC-80, SEC-82).
command -v python3 >/dev/null || {
	echo '1..0 # SKIP needs python3'
	exit 0
}
exec python3 "${srcdir:-.}/tests/cage/unpack.py" \
    "${builddir:-.}/builderd/slipway-unpack"

#!/bin/sh
# Redirects against what Netlify itself makes of them: see redirects.mjs.  Its packages come
# from the npm registry.
srcdir=$(cd "${srcdir:-.}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

command -v npm >/dev/null || skip_all 'npm is not here'
T=$(mktemp -d /tmp/slipway-oracle.XXXXXX)
trap 'rm -rf "$T"' EXIT
trap 'exit 130' INT TERM HUP
cp "$srcdir/tests/oracle/redirects.mjs" "$T/"
echo '{"private":true,"type":"module"}' >"$T/package.json"
(cd "$T" && timeout 120 npm install --no-audit --no-fund --ignore-scripts \
    --loglevel=error --fetch-retries=0 netlify-redirector@0.5.0 netlify-redirect-parser@14.4.0) \
    >"$T/npm.log" 2>&1 ||
    skip_all "no npm registry: $(grep -m1 'npm error' "$T/npm.log")"
cd "$T" || exit 1
node redirects.mjs "$builddir/tests/oracle/rules" "$SEED" "$CASES"

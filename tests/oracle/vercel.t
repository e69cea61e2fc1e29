#!/bin/sh
# vercel.json against the package that its vendor makes routes with: see
# vercel.mjs.  It comes from the npm registry.
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
cp "$srcdir/tests/oracle/vercel.mjs" "$T/"
echo '{"private":true,"type":"module"}' >"$T/package.json"
(cd "$T" && timeout 120 npm install --no-audit --no-fund --ignore-scripts \
    --loglevel=error --fetch-retries=0 @vercel/routing-utils@6.6.0) \
    >"$T/npm.log" 2>&1 ||
    skip_all "no npm registry: $(grep -m1 'npm error' "$T/npm.log")"
cd "$T" || exit 1
node vercel.mjs "$builddir/tests/oracle/vercel-show" "${CONFIGS:-600}" 10 "${SEED:-1}"

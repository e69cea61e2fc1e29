# npm.sh -- part of each .t here, which has said what it is: packages of others,
# in a folder that goes with it.  Without npm or its registry it is skipped.
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

# packages SCRIPT PACKAGE ...: goes where the script finds them.
packages() {
	cp "$srcdir/tests/oracle/$1" "$srcdir/tests/oracle/kit.mjs" "$T/"
	shift
	echo '{"private":true,"type":"module"}' >"$T/package.json"
	cd "$T" || exit 1
	timeout 120 npm install --no-audit --no-fund --ignore-scripts \
	    --loglevel=error --fetch-retries=0 "$@" >"$T/npm.log" 2>&1 ||
	    skip_all "no npm registry: $(grep -m1 'npm error' "$T/npm.log")"
}

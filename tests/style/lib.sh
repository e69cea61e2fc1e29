# TAP for the style tests: each is a list of complaints that should be empty.
srcdir=$(cd "${srcdir:-.}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
cd "$srcdir" || exit 99
export LC_ALL=C.UTF-8

scratch=$(mktemp -d /tmp/slipway-style.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
: >"$scratch/tests"

# none DESCRIPTION: standard input should be empty; what is there is shown.
# Often the end of a pipe, so it counts in a file.
none() {
	complaints=$(cat)
	echo >>"$scratch/tests"
	n=$(wc -l <"$scratch/tests")
	if [ -z "$complaints" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "$complaints" | head -n 40 | sed 's/^/# /'
	fi
}

# same LEFT RIGHT DESCRIPTION: two files of lines that should be equal sets.
same() {
	sort -u "$1" >"$1.sorted"
	sort -u "$2" >"$2.sorted"
	if [ ! -s "$1.sorted" ]; then
		echo "$1 is empty" | none "$3"
	else
		diff "$1.sorted" "$2.sorted" | grep '^[<>]' | none "$3"
	fi
}

finish() {
	echo "1..$(wc -l <"$scratch/tests")"
	exit 0
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

sources() {
	find lib rules site fcgi-api fcgi-serve builderd cli tests -name '*.[ch]' | sort
}


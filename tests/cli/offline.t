#!/bin/sh
# Without a server: usage, exit statuses, and where tokens may go.
slipway=$(cd "${builddir:-.}" && pwd)/cli/slipway/slipway
T=$(mktemp -d /tmp/slipway-cli.XXXXXX)
trap 'rm -rf "$T"' EXIT
export HOME="$T" XDG_CONFIG_HOME="$T/config" LC_ALL=C.UTF-8
unset SLIPWAY_URL SLIPWAY_TOKEN
cd "$T" || exit 1
n=0
ok() {
	n=$((n + 1))
	desc=$1
	shift
	if "$@"; then echo "ok $n - $desc"; else
		echo "not ok $n - $desc"
		sed 's/^/# /' "$T/err"
	fi
}
# try STATUS PATTERN DESCRIPTION ARGUMENTS: of standard error, one line.
try() {
	want=$1 pattern=$2 desc=$3
	shift 3
	"$slipway" "$@" >"$T/out" 2>"$T/err" </dev/null
	got=$?
	ok "$desc: exits $want" test "$got" = "$want"
	ok "$desc: says so" grep -q -- "$pattern" "$T/err"
}
try 2 'usage: slipway' 'nothing at all'
try 2 'is it "deploy"' 'a wrong command' deplyo
try 2 'is it "set"' 'a wrong subcommand' env sett
try 2 'no option --foo' 'a wrong option' ls --foo
try 2 '--limit is 1 to 10000' 'a wrong number' ls --limit 0
try 2 'wants project' 'an operand missing' link
try 2 'one operand too many' 'an operand too many' whoami me
try 2 'which of its commands' 'a subcommand missing' env
try 2 'exclude each other' 'two that exclude each other' deploy --prod --preview
try 2 'exclude each other' 'two refs' deploy --branch a --tag b
try 4 'SLIPWAY_URL' 'no Slipway known' whoami
try 1 'in the clear' 'http elsewhere' whoami --url http://example.org
try 1 'only scheme, host and port' 'a password in the URL' whoami --url https://me:secret@example.org
try 1 'only https' 'another scheme' whoami --url ftp://example.org
try 4 'not signed in at https://example.org' 'not signed in' whoami --url https://example.org/
try 4 'not signed in at http://x.localhost:9' 'http to this machine' whoami --url http://x.localhost:9
SLIPWAY_TOKEN=slp_x SLIPWAY_URL=http://127.0.0.1:1
export SLIPWAY_TOKEN SLIPWAY_URL
try 1 'cannot reach http://127.0.0.1:1' 'nobody there' whoami
unset SLIPWAY_URL
mkdir .slipway
echo '{"project":"x","id":"prj_x","url":"http://127.0.0.1:1"}' >.slipway/project.json
try 4 'which Slipway' 'a link does not get the token' ls
unset SLIPWAY_TOKEN
try 4 'not signed in at http://127.0.0.1:1' 'a link says where' ls
echo '{' >.slipway/project.json
try 1 'not readable' 'a broken link' ls
rm -r .slipway
mkdir -p config/slipway
echo '{"default":"https://example.org","accounts":{"https://example.org":{"token":"slp_x"}}}' \
    >config/slipway/credentials.json
chmod 644 config/slipway/credentials.json
try 1 'others may read it' 'credentials that others can read' whoami --url https://example.org

for c in $("$slipway" completion list | sed -n 's/^\([a-z]*\)$/\1/p'); do
	"$slipway" help "$c" >"$T/out" 2>"$T/err" &&
	    "$slipway" "$c" --help | cmp -s - "$T/out"
	ok "help $c" test $? = 0
done
"$slipway" completion list | grep -v ' -' >"$T/commands"
while read -r c; do
	# shellcheck disable=SC2086
	"$slipway" help $c </dev/null >"$T/out" 2>"$T/err"
	ok "help $c has an example" grep -q "^  slipway $c\( \|\$\)" "$T/out"
done <"$T/commands"
"$slipway" --version >"$T/out" 2>"$T/err"
ok 'version' grep -q '^slipway [0-9]' "$T/out"
"$slipway" help >/dev/full 2>"$T/err"
ok 'a full disk is an error' test $? = 1
echo "1..$n"

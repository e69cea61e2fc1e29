#!/bin/sh
# The operator's tool: schema, keys and accounts.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 40

ctl() {
	"$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
	    -d "host=$T/run user=postgres dbname=fresh" "$@"
}

# said STATUS COMMAND ...: runs it; sets $out to what it said.
said() {
	want=$1
	shift
	out=$(ctl "$@" 2>&1 </dev/null)
	is $? "$want" "slipwayctl $*"
}

start postgres
prepare
db 'CREATE DATABASE fresh' >/dev/null
mkdir "$T/schema"
cp "$srcdir"/schema/*.sql "$T/schema"
n=$(ls "$T/schema" | wc -l)

said 0 migrate --schema "$T/schema" --dry-run
is "$(echo "$out" | grep -c '^would apply')" "$n" 'a dry run tries them all'
said 0 migrate --schema "$T/schema" --status
is "$(echo "$out" | grep -c '^new')" "$n" 'and does nothing'
said 0 migrate --schema "$T/schema"
is "$(echo "$out" | grep -c '^applied')" "$n" 'applied'
said 0 migrate --schema "$T/schema"
is "$out" 'nothing to do' 'once is enough'

echo 'CREATE TABLE extra (); SELECT 1/0;' >"$T/schema/9000-bad.sql"
said 1 migrate --schema "$T/schema"
like "$out" 'division by zero' 'a file that fails says why'
echo 'CREATE TABLE extra ();' >"$T/schema/9000-bad.sql"
said 0 migrate --schema "$T/schema"
is "$out" 'applied 9000-bad.sql' 'and had left nothing behind'
echo '-- edited' >>"$T/schema/9000-bad.sql"
said 1 migrate --schema "$T/schema"
like "$out" '9000-bad.sql has changed since' 'a file that was applied is not edited'
rm "$T/schema/9000-bad.sql"
said 1 migrate --schema "$T/schema"
like "$out" 'later version' 'nor taken away'

# Two at once: one waits for the other.
db 'DROP DATABASE fresh' >/dev/null
db 'CREATE DATABASE fresh' >/dev/null
ctl migrate --schema "$srcdir/schema" >"$T/one" 2>&1 &
ctl migrate --schema "$srcdir/schema" >"$T/two" 2>&1
ok 'the other of two at once' wait $!
is "$(cat "$T/one" "$T/two" | grep -c '^applied')" "$n" 'each file was applied once'

rm -f "$T/keys"/*
said 0 keys
is "$(stat -c %a "$T/keys/token" "$T/keys/seal" "$T/keys/seal.pub" | tr '\n' ' ')" \
    '400 400 444 ' 'secrets are secret'
is "$(stat -c %U "$T/keys/seal" | sed 's/UNKNOWN/64203/')" "$build_user" 'and have their owner'
before=$(cat "$T/keys/token" "$T/keys/seal")
said 0 keys
is "$(cat "$T/keys/token" "$T/keys/seal")" "$before" 'what is there stays'
said 0 keys --rotate seal
is "$(sed -n 2p "$T/keys/seal")" "$(echo "$before" | tail -n 1)" 'the old key comes second'
is "$(cut -d' ' -f1 "$T/keys/seal")" "$(cut -d' ' -f1 "$T/keys/seal.pub")" 'the halves agree'
said 2 keys --rotate everything
rm "$T/keys/seal.pub"
said 1 keys
like "$out" 'backup' 'half a pair is not replaced'

said 0 user add Ann@example.org --name Ann
like "$out" '^password: .{20}$' 'a password is made up'
said 1 user add ann@example.org
like "$out" 'has an account' 'an address has one account'
is "$(printf 'short\n' | ctl user add bob@example.org --password-file - 2>&1)" \
    'slipwayctl: password: use at least 10 characters' 'a short password'
said 1 user add 'bob'
said 0 user password ann@example.org
is "$(psql -XAtq -h "$T/run" -U postgres fresh -c 'SELECT epoch FROM users')" 1 \
    'which ends the tokens that were issued'
said 0 user list
like "$out" '^ann@example.org +Ann +usr_' 'listed'
said 2 user frobnicate

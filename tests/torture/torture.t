#!/bin/bash
# torture.t -- 16 builders, and whatever may go wrong, for $TIME seconds; then
# what the history says of the promises of the queue.  $SEED chooses the faults.
# With KEEP=1 the history stays.  $MUTANT is SQL that breaks a promise: whoever
# changes the checker sees with it that it would be noticed.
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$root" = 1 ] || skip_all 'PostgreSQL and builders need users of their own'
TIME=${TIME:-60}
SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
real=1
command -v crun >/dev/null || real=0

conf build-slots 2
prepare
mkdir "$T/proxy" "$T/output"
chmod 1777 "$T/output" "$T/proxy"
chown "$build_user" "$T/output"
sed "/^database /d" "$T/slipway.conf" >"$T/torture.conf"
echo "database host=$T/proxy dbname=slipway" >>"$T/torture.conf"
: >"$T/history"
chmod 666 "$T/history"
note "seed $SEED, $TIME s, builders with cages: $real"

# Every project is this repository.  Some builds last longer than a lease.
start git
repo site
cat >"$T/src/site/package.json" <<'EOP'
{"scripts":{"build":"t=0.1; case $(date +%S) in *[258]) t=1;; esac; for i in 1 2 3 4 5 6 7 8; do echo work $i of 8; sleep $t; done; mkdir -p dist; date >dist/index.html"}}
EOP
commit site Begin
git -C "$T/src/site" push -q origin HEAD:refs/heads/topic HEAD:refs/heads/fix

start postgres
sed -i '/^max_connections/d' "$T/pg/postgresql.conf"
echo 'max_connections = 150' >>"$T/pg/postgresql.conf"
$as_pg psql -X -q -v ON_ERROR_STOP=1 -v repo="$repo" -h "$T/run" -U postgres \
    -d slipway -f - < <(cat "$srcdir/tests/torture/setup.sql" "${MUTANT:-/dev/null}") \
    >>"$T/log/setup.log" || exit 99
stop postgres

export PG_BIN builddir TORTURE_DIR="$T" TORTURE_HISTORY="$T/history" \
    TORTURE_CONTROL="$T/control" TORTURE_OUTPUT="$T/output"
"$builddir/tests/torture/torture" "$TIME" "$SEED" "$real" 2>>"$T/log/torture.log" &
echo $! >"$T/pid/torture"
wait $!
code=$?
rm -f "$T/pid/torture"
[ "$code" = 0 ] || {
	note "the driver ended with $code"
	tail -n 20 "$T/log/torture.log" | sed 's/^/# /'
	tap_bad=1
	exit 99
}
left=$(grep -alsz "$T" /proc/[0-9]*/cmdline | while read -r f; do
	tr '\0' ' ' <"$f"; echo; done 2>/dev/null | grep -c 'builderd-\|crun')
tap_plan=0 # the judge has it, and what it does not know of comes after
"$builddir/tests/torture/judge" "$T/history" "$TIME" || tap_bad=1
# Else nothing would say that no two attempts overlap in real cages.  Their
# builder may have been stopped for most of the time.
built=$(cat "$T"/log/builderd-*.log | grep -c ' build: exit 0')
[ "$built" -lt 3 ] || grep -q ' phase caged$' "$T/history" || {
	echo "not ok - a cage was seen at work: $built builds ran in one"
	tap_bad=1
}
[ "$left" = 0 ] || { echo "not ok - nothing is left: $left processes are"; tap_bad=1; }

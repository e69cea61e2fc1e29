#!/bin/sh
# Leases are renewed whatever holds builderd up: its own statements wait for a
# lock for longer than a lease, and so does one build's row.  No other build is
# taken for lost.
. "${srcdir:-.}/tests/e2e/lib.sh"
conf build-slots 2
start postgres
db "ALTER ROLE slipway_queue SET lock_timeout = 0;
    ALTER ROLE slipway_queue SET statement_timeout = 0"
start redis api serve builderd git nginx
account ann

# begin NAME SECONDS: a build that is there for ever; $deployment.
begin() {
	repo "$1"
	printf '{"scripts":{"build":"exec sleep %s"}}\n' "$2" >"$T/src/$1/package.json"
	commit "$1" Begin
	api POST /api/projects "{\"slug\":\"$1\",\"repo\":\"$repo\"}"
	api POST "/api/projects/$1/deployments" '{}'
	deployment=$(json .id)
	within 60 running "$2"
	result $? "$1: begun"
}
running() {
	grep -qsz "^$1$" /proc/[0-9]*/cmdline
}
gone() {
	! running "$1"
}
# within SECONDS COMMAND ...: until it succeeds.
within() {
	until=$(($(date +%s) + $1))
	shift
	while ! "$@"; do
		[ "$(date +%s)" -lt "$until" ] || return 1
		sleep 0.2
	done
}
# that SQL: it is true.
that() {
	[ "$(db "SELECT $1")" = t ]
}

begin other 98763.1
other=$deployment
begin held 98763.2
held=$deployment

# What the loop says of itself waits for this, and the loop with it.
mkfifo "$T/fifo"
$as_pg psql -X -q -A -t -h "$T/run" -U postgres -d slipway <"$T/fifo" >"$T/log/lock.log" 2>&1 &
lock=$!
exec 8>"$T/fifo"
echo "BEGIN; LOCK TABLE builders; SELECT id FROM deployments WHERE id = '$held' FOR NO KEY UPDATE;" >&8
waiting="count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%builder_alive%'"
within 30 that "$waiting AND usename = 'slipway_queue'"
result $? 'builderd waits for a lock'
until=$(db "SELECT lease_until + interval '31 seconds' FROM deployments WHERE id = '$other'")
within 90 that "lease_until > '$until' FROM deployments WHERE id = '$other'"
result $? 'for longer than a lease, which is renewed'
ok 'and still does' that "$waiting"
within 30 gone 98763.2
result $? 'a lease that cannot be renewed ends its build'
echo 'COMMIT;' >&8
exec 8>&-
wait $lock

within 60 that "attempt = 2 FROM deployments WHERE id = '$held'"
result $? 'which is tried again'
is "$(db "SELECT state || ' ' || attempt FROM deployments WHERE id = '$other'")" 'building 1' \
    'the other was never lost'
ok 'and runs' running 98763.1
for d in "$other" "$held"; do
	api POST "/api/deployments/$d/cancel"
	settle "$d"
	is "$state" canceled 'cancelled'
done

#!/bin/sh
# A build is another user than whoever works the queue, and PostgreSQL's peer
# rule tells them apart: it cannot be the queue's role, and has nothing open of
# the loop's.
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$root" = 1 ] || skip_all 'builds need root'
# The rule wants users that have a name.
queue_user=games build_user=news
queue_uid=$(id -u $queue_user) && build_uid=$(id -u $build_user) || skip_all 'no such users'
conf queue-user $queue_user
conf build-user $build_user
start postgres
stop postgres
cat >"$T/pg/pg_ident.conf" <<EOC
slipway $queue_user slipway_queue
slipway $build_user slipway_build
EOC
cat >"$T/pg/pg_hba.conf" <<EOC
local all slipway_queue,slipway_build peer map=slipway
local all all trust
EOC
start postgres redis api builderd git nginx

# login USER ROLE: may that user be that role?
login() {
	setpriv --reuid="$1" --regid="$1" --clear-groups psql -X -q -A -t -h "$T/run" -U "$2" -d slipway \
	    -c 'SELECT current_user' 2>&1
}
is "$(login $queue_user slipway_queue)" slipway_queue 'the queue'
is "$(login $build_user slipway_build)" slipway_build 'a build'
like "$(login $build_user slipway_queue)" 'Peer authentication failed' 'which is not the queue'

account ann
repo slow
cat >"$T/src/slow/package.json" <<'EOP'
{"scripts":{"build":"echo begun; sleep 98764"}}
EOP
commit slow Begin
api POST /api/projects "{\"slug\":\"slow\",\"repo\":\"$repo\"}"
api POST /api/projects/slow/deployments '{}'
d=$(json .id)
begun "$d"
like "$(json '.lines[].line')" begun 'it runs'

# uids PID: real, effective, saved, of files.
uids() {
	sed -n 's/^Uid:[[:space:]]*//p' "/proc/$1/status" | tr '\t' ' '
}
loop=$(pid_of builderd)
job=$(for p in $(children "$loop"); do
	[ "$(cat "/proc/$p/comm") $(uids "$p")" != "builderd $build_uid $build_uid $build_uid $build_uid" ] || echo "$p"
done)
is "$(uids "$loop")" "$build_uid $queue_uid $build_uid $queue_uid" 'whoever works the queue is seen as its user'
like "$job" '^[0-9]+$' 'the process of a build is the builds'"'"' user, and can be no other'
is "$(db "SELECT count(*) FROM pg_stat_activity WHERE usename = 'slipway_build'")" 1 \
    'with one connection, of its own role'
sockets() {
	for f in /proc/"$1"/fd/*; do
		readlink "$f"
	done | grep '^socket:' | sort
}
sockets "$loop" >"$T/loop"
sockets "$job" >"$T/job"
is "$(test -s "$T/job"; echo $?)$(comm -12 "$T/loop" "$T/job")" 0 'and no socket of the loop'
is "$(db "SELECT length(key_hash) FROM deployments WHERE id = '$d'")" 32 'the row has a hash of its secret'

api POST "/api/deployments/$d/cancel"
settle "$d"
is "$state" canceled 'it can be ended'
echo '{"scripts":{"build":"mkdir out; echo built >out/index.html"}}' >"$T/src/slow/package.json"
commit slow Quick
deploy slow '{}'
is "$state" ready 'and what ends by itself is published'
is "$(stat -c %U "$T"/state/blobs/[0-9a-f][0-9a-f]/* | sort -u)" "$build_user" 'as the builds'"'"' user'
is "$(db 'SELECT count(DISTINCT key_hash) FROM deployments')" 2 'another attempt has another secret'

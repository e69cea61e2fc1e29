#!/bin/sh
# Three builders on hosts of their own, each with its network namespace, its
# host name and its files, take builds from one PostgreSQL, over TCP.  Each
# build runs once.  Then one host is stopped and one dies: no process of the
# stopped one's build outlives its lease, and the third has both builds again.
# It waits for a lease to end, which takes most of its minute.
if [ "$(id -u)" = 0 ] && [ -z "$own_network" ]; then
	exec unshare --net env own_network=1 "$0"
fi
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$root" = 1 ] || skip_all 'builds need root'
command -v crun >/dev/null || skip_all 'builds need crun'
command -v ip >/dev/null || skip_all 'no iproute2'

ip link set lo up
ip link add hosts type bridge
ip addr add 10.77.0.1/24 dev hosts
ip link set hosts up
conf net-allow "10.77.0.1/32:$git_port"
conf build-slots 1
start postgres
stop postgres
echo "listen_addresses = '10.77.0.1'" >>"$T/pg/postgresql.conf"
echo 'host all all 10.77.0.0/24 trust' >>"$T/pg/pg_hba.conf"
start postgres redis api serve nginx git
sed "s/server.bind = .*/server.bind = \"10.77.0.1\"/; s,$T/pid/git,$T/pid/git2," \
    "$T/git.conf" >"$T/git2.conf"
lighttpd -f "$T/git2.conf" >>"$T/log/git.log" 2>&1

# host NAME N: its builderd, with its own network, name, mirrors and so on.
host() {
	for d in mirrors deps work; do
		mkdir -p "$T/$1/$d"
		chmod 700 "$T/$1/$d"
	done
	mkfifo "$T/$1/ready"
	unshare --net --uts --mount sh -c "hostname $1
		for d in mirrors deps work; do mount --bind '$T/$1/'\$d '$T/state/'\$d; done
		echo \$\$ >'$T/$1/ready'; exec sleep 600" >>"$T/log/hosts.log" 2>&1 &
	ns=$(told "$T/$1/ready")
	echo "$ns" >"$T/pid/$1-host"
	ip link add "to-$1" type veth peer name eth0 netns "$ns"
	ip link set "to-$1" master hosts up
	nsenter -t "$ns" -n sh -c "ip link set lo up; ip addr add 10.77.0.$2/24 dev eth0; ip link set eth0 up"
	sed "s,^database .*,database host=10.77.0.1 dbname=slipway," "$T/slipway.conf" >"$T/$1.conf"
	echo "build-uid-base $((200000000 + $2 * 10000000))" >>"$T/$1.conf"
	run "$1" nsenter -t "$ns" -n -u -m "$builddir/builderd/builderd" -f "$T/$1.conf" || {
		note "no builderd on $1"
		exit 99
	}
}
host one 2
host two 3
host three 4
is "$(db "SELECT string_agg(split_part(id, ':', 1), ' ' ORDER BY id) FROM admin.builders WHERE alive")" \
    'one three two' 'three builders are there'

account ann
db 'UPDATE teams SET max_running = 10'
repo site
cat >"$T/src/site/package.json" <<'EOP'
{"scripts":{"build":"echo begun; sleep \"$WAIT\"; mkdir -p dist; echo ok >dist/index.html"}}
EOP
commit site Begin
repo=http://10.77.0.1:$git_port/site.git
for p in a b c d e f; do
	api POST /api/projects "{\"slug\":\"$p\",\"repo\":\"$repo\"}"
	api PUT "/api/projects/$p/env/WAIT" '{"value":"1.5"}'
done
all=
for p in a b c d e f; do
	api POST "/api/projects/$p/deployments" '{}'
	all="$all $(json .id)"
done
got=
for d in $all; do
	settle "$d"
	got="$got $state"
done
is "$got" ' ready ready ready ready ready ready' 'six builds'
worked() {
	cat "$T/log/one.log" "$T/log/two.log" "$T/log/three.log" | grep -c ": attempt $1 of "
}
is "$(worked 1)" 6 'each was begun once'
for h in one two three; do
	ok "some on $h" grep -q ': attempt 1 of ' "$T/log/$h.log"
done

# ---- one stops, one dies -----------------------------------------------------
# owner PROJECT: once its build runs: which host has it.
owner() {
	api POST "/api/projects/$1/deployments" '{}'
	d=$(json .id)
	begun "$d"
	owner=$(db "SELECT split_part(lease_owner, ':', 1) FROM deployments WHERE id = '$d'")
}
api PUT /api/projects/a/env/WAIT '{"value":"97.531"}'
api PUT /api/projects/b/env/WAIT '{"value":"97.532"}'
owner a
a=$d stopped=$owner
owner b
b=$d dead=$owner
isnt "$stopped" "$dead" 'on two hosts'
running() {
	grep -lsz "97[.]53$1" /proc/[0-9]*/cmdline | wc -l
}
isnt "$(running 1)" 0 'the first runs'
isnt "$(running 2)" 0 'and the second'
for p in a b; do
	api PUT "/api/projects/$p/env/WAIT" '{"value":"0.1"}'
done
begin=$(date +%s%3N)
kill -STOP "$(pid_of "$stopped")"
kill -STOP $(children "$(pid_of "$stopped")" | tr ' ' '\n' | while read -r p; do
	! tr '\0' ' ' <"/proc/$p/status" 2>/dev/null | grep -q "Uid:.$build_user" || echo "$p"; done)
kill_hard "$dead"
# Its lease may have been renewed just before; the watchdog is no part of it.
while [ "$(running 1)" != 0 ] && [ $(($(date +%s%3N) - begin)) -lt 40000 ]; do
	api GET "/api/deployments/$a/logs?after=999999&wait=1"
done
took=$(($(date +%s%3N) - begin))
is "$(running 1)" 0 'no process of what a stopped builder had is left'
ok "within its lease: $took ms" test "$took" -lt 27000
is "$(db "SELECT fence = (SELECT max(fence) FROM deployments) OR state <> 'ready' FROM deployments WHERE id = '$a'")" \
    t 'before anybody else has it'
settle "$a"
is "$state $(db "SELECT attempt FROM deployments WHERE id = '$a'")" 'ready 2' 'another builds it'
settle "$b"
is "$state $(db "SELECT attempt FROM deployments WHERE id = '$b'")" 'ready 2' 'and that of the dead one'
is "$(running 2)" 0 'of which nothing is left'
kill -CONT "$(pid_of "$stopped")"
kill -CONT $(children "$(pid_of "$stopped")") 2>/dev/null
# It has learned of it once it works again.
kill_hard "$(ls "$T/pid" | grep -xE 'one|two|three' | grep -vx "$stopped")"
deploy c
is "$state" ready 'what was stopped works again'
ok 'and said that it had lost its build' grep -qE "$a: (its lease ran out|no longer ours)" "$T/log/$stopped.log"
is "$(db "SELECT count(*) FROM audit_log WHERE object IN ('$a', '$b') AND action = 'deployments.update'
    AND detail @> '{\"changed\": [\"manifest\"]}'")" 2 'each was published once'
is "$(db "SELECT lost FROM queue_counts")" 2 'two leases were lost'

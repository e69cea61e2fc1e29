#!/bin/sh
# Installed, and run by systemd's units: sockets, limits, restarts.  Only in a
# machine that is thrown away: tests/vm/run make -C build/vm check TESTS=tests/vm/units.t
. "${srcdir:-.}/tests/e2e/lib.sh"
[ -n "$SLIPWAY_VM" ] || skip_all 'not in a machine of tests/vm/run'
make -C "$builddir" -s install >"$T/log/install.log" 2>&1 || skip_all 'not installed'
prefix=$(sed -n 's,^ExecStart=\(.*\)/sbin/.*,\1,p' "$builddir/init/slipway-api.service")
[ "$prefix" = /usr ] || skip_all 'the build is not for /usr'
systemd-sysusers >>"$T/log/install.log" 2>&1
systemd-tmpfiles --create slipway.conf >>"$T/log/install.log" 2>&1

# The units have a /tmp of their own, so what is to be met lies elsewhere.
mkdir -p /run/slipway-test /etc/slipway
mount --bind "$T/run" /run/slipway-test
ln -s /run/slipway/api.sock /run/slipway/serve.sock "$T/run"
ln -s /var/lib/slipway "$T/state"
for row in 'database host=/run/slipway-test dbname=slipway' 'api-user slipway_api' \
    'redis /run/slipway-test/redis.sock' 'build-slots 1' 'build-memory 256' \
    'serve-user slipway_serve' 'queue-user slipway_queue' 'build-user slipway_build' 'build-priority idle'; do
	# shellcheck disable=SC2086
	conf $row
done
sed '/^state-dir\|-socket\|^token-keys\|^seal-\|^libexec-dir/d' "$T/conf" >/etc/slipway/slipway.conf
ln -s /etc/slipway/slipway.conf "$T/slipway.conf"
ok 'keys' slipwayctl keys
chmod 1777 "$T/run"
systemctl daemon-reload
start postgres redis git nginx

unit() { # PROPERTY UNIT
	systemctl show -P "$1" "slipway-$2"
}
# within SECONDS COMMAND ...: until it succeeds.
within() {
	until=$(($(date +%s) + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$until" ] || return 1
		sleep 0.2
	done
}

ok 'sockets' systemctl start slipway-api.socket slipway-serve.socket
is "$(unit ActiveState api.service)" inactive 'nothing behind them yet'
account ann
is "$status" 201 'the first request starts the API'
site nobody /
is "$status" 404 'and the sites'
ok 'builderd says that it is ready' systemctl start slipway-builderd

repo site
cp -r "$srcdir"/examples/plain-html/. "$T/src/site/"
commit site Begin
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"
deploy site
is "$state" ready 'an example'
[ "$state" = ready ] || note "$log"
site site /
is "$status" 200 'is served'
cmp -s "$T/body" "$srcdir/examples/plain-html/index.html"
result $? 'as it is'
mkdir "$T/up"
echo up >"$T/up/index.html"
(cd "$T/up" && cli deploy --project site) >"$T/log/deploy.log" 2>&1
result $? 'and a folder that was sent'

# script NAME COMMAND: a project whose build is that, and begins now.
script() {
	repo "$1"
	jq -n --arg b "$2" '{scripts: {build: $b}}' >"$T/src/$1/package.json"
	commit "$1" Begin
	api POST /api/projects "{\"slug\":\"$1\",\"repo\":\"$repo\"}"
	api POST "/api/projects/$1/deployments" '{}'
	deployment=$(json .id)
}
# Of the build that waits, where its cgroup is, and its shell: that stays.
groups=/sys/fs/cgroup/system.slice/slipway-builderd.service
v2=1
[ -e /sys/fs/cgroup/cgroup.controllers ] || v2=0 groups=/sys/fs/cgroup/memory
waiting() {
	for p in $(cat $groups/slipway-*/*/cgroup.procs); do
		[ "$(cat "/proc/$p/comm" 2>/dev/null)" != sh ] ||
		    [ ! -e "/proc/$p/cwd/begun" ] || at=/proc/$p/cwd
	done
	[ -n "$at" ] && [ -e "$at/begun" ]
}
slow='touch begun; until [ -e go ]; do sleep 0.1; done; mkdir dist; echo ok >dist/index.html'
begun() {
	at=
	within 120 waiting || note "it did not begin: $(journalctl -o cat -n 20 -u slipway-builderd)"
}
# Who has no id on its disk, like root, makes no file there.
go() (
	cd "$at" && setpriv --reuid "$(stat -c %u .)" --regid "$(stat -c %g .)" \
	    --clear-groups touch go
)
value() {
	cat /sys/fs/cgroup"$1" 2>/dev/null
}

script slow "$slow"
begun
g=$(dirname "$(ls -d $groups/slipway-*/0)")
g=${g#/sys/fs/cgroup} s=${g##*/}
if [ $v2 = 1 ]; then
	is "$(value "$g/0/memory.max")" $((256 << 20)) 'memory'
	is "$(value "$g/0/memory.swap.max")" 0 'no swap'
	is "$(value "$g/0/cpu.max")" '200000 100000' 'processors'
	like "$(value "$g/0/pids.max")" '^[1-9][0-9]*$' 'processes'
	is "$(value "$g/cpu.weight")" 1 'behind all others'
	is "$(value "$g/0/io.weight")" 'default 10' 'and the disk'
	is "$(value "${g%/*}/cpu.weight") $(value "${g%/*}/io.weight")" '20 default 20' 'as the unit is'
	is "$(wc -l <"/sys/fs/cgroup${g%/*}/cgroup.procs")" 0 'the unit has its processes in leaves'
	value "${g%/*}/main/cgroup.procs" | grep -qx "$(unit MainPID builderd)"
	result $? 'builderd too'
else
	is "$(value "/memory/$s/0/memory.limit_in_bytes")" $((256 << 20)) 'memory'
	is "$(value "/cpu/$s/0/cpu.cfs_quota_us")" 200000 'processors'
	like "$(value "/pids/$s/0/pids.max")" '^[1-9][0-9]*$' 'processes'
	is "$(value "/cpu/$s/cpu.shares")" 10 'behind all others'
fi

# Told to restart, it ends what it has begun.
stopping() {
	[ "$(unit ActiveState builderd)" = deactivating ]
}
main=$(unit MainPID builderd)
systemctl --no-block restart slipway-builderd
within 30 stopping
go
follow "$deployment"
is "$state" ready 'a restart waits for the build'
within 60 systemctl -q is-active slipway-builderd
isnt "$(unit MainPID builderd)" "$main" 'and then there is another builderd'
is "$(unit NRestarts builderd)" 0 'that was not forced'

# Killed, it is started, and the build again.
script killed "$slow"
begun
systemctl kill --kill-whom=main -s KILL slipway-builderd
within 30 test ! -e "$at/begun"
result $? 'builderd is killed, and the build with it'
begun
go
follow "$deployment"
is "$state" ready 'the next one builds it'
is "$(unit NRestarts builderd)" 1 'restarted once'

script hungry 'node -e "const a=[];for(;;)a.push(Buffer.alloc(8<<20,1))"'
follow "$deployment"
is "$state $(json .error_code)" 'failed memory' 'too little memory is told'

# load FILE: requests one after another until the file "stop" appears.
load() {
	while [ ! -e "$T/stop" ]; do
		curl -sS -o /dev/null -w '%{http_code}\n' "http://site.localhost:$port/?[1-8]" 2>&1
	done >"$1"
}
nginx_cache off
load "$T/load1" & l1=$!
load "$T/load2" & l2=$!
for what in restart restart stop restart stop reload stop; do
	systemctl $what slipway-serve 2>>"$T/log/ok.log"
	site site /
done
: >"$T/stop"
wait $l1 $l2
is "$(sort -u "$T/load1" "$T/load2")" 200 'sites: restarted, stopped, reloaded: no request is lost'
note "$(cat "$T/load1" "$T/load2" | wc -l) requests"
[ "$(sort -u "$T/load1" "$T/load2")" = 200 ] ||
    note "$(sort "$T/load1" "$T/load2" | uniq -c; journalctl -o short-monotonic -n 60 -u slipway-serve -u slipway-serve.socket)"

for u in gc fsck; do
	ok "slipway-$u" systemctl start slipway-$u
done
note "$(systemd-analyze security --no-pager 2>&1 | grep slipway)"
ok 'stop' systemctl stop slipway-builderd slipway-api.socket slipway-api \
    slipway-serve.socket slipway-serve
is "$(systemctl list-units --failed --plain --no-legend 'slipway-*')" '' 'no unit has failed'
is "$(ls -d $groups/slipway-* 2>/dev/null)" '' 'and no cgroup is left'
is "$(journalctl -o cat -k | grep -c 'type=1326')" 0 'no call was refused by a filter'
umount /run/slipway-test

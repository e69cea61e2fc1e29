#!/bin/sh
# inside.sh -- the servers, and the deployment.  Part of quickstart, which says
# what its variables mean.

program=quickstart
. quickstart.d/show.sh
. quickstart.d/setup.sh
. quickstart.d/servers.sh
. quickstart.d/deploy.sh

# A place that every user can get to, and that does not hide our own folder.
enter() {
	for at in /mnt /media /srv; do
		case $here/ in
		"$at"/*) continue ;;
		esac
		[ -d "$at" ] || continue
		in=$at/slipway
		mount -t tmpfs -o size=1m,mode=755 slipway "$at" && mkdir "$in" &&
		    mount --bind "$here/run/slipway" "$in" && return
		die "cannot mount here; a container needs CAP_SYS_ADMIN for this, as the cages of builds do"
	done
	die "no place to mount at"
}

bin=$here/build/run
daemon=$bin/tests/e2e/daemon
conf=slipway.conf
logs=run/slipway/log

slipway() {
	HOME=$in/home XDG_CONFIG_HOME=$in/home "$bin/cli/slipway/slipway" "$@"
}

ctl() {
	"$bin/cli/slipwayctl/slipwayctl" -f "$in/$conf" \
	    -d "host=$in/sock user=postgres dbname=slipway" "$@"
}

# On the way up, whatever fails takes down what has been started.
failed() {
	code=$?
	trap - EXIT
	abandon
	if [ "$code" != 0 ] && [ -n "$ours" ]; then
		say "stopping"
		stop_all
	fi
	exit "$code"
}

up() {
	if running postgres && running api; then
		port=$(cat "$in/port")
		say "it runs already; this is one more deployment"
	else
		ours=1
		start_all
	fi
	deploy
}

# Until Ctrl-C, or until one of the programs ends.
stay() {
	trap - EXIT
	if [ -n "$detach" ] || [ -z "$ours" ]; then
		echo "It stays up; ./quickstart stop stops it."
		[ -z "$broken" ]
		exit
	fi
	echo "It stays up until Ctrl-C."
	trap 'echo; say "stopping"; stop_all; exit 0' INT TERM HUP
	trap failed EXIT
	while :; do
		for s in $servers; do
			running "$s" || die "$s has ended; see run/slipway/log/$s.log"
		done
		sleep 2 &
		wait $!
	done
}

enter
trap failed EXIT
trap 'exit 130' INT TERM HUP
case $command in
up)
	up
	stay ;;
stop)
	stop_all ;;
status)
	status ;;
slipway | slipwayctl)
	running api || die "it does not run; ./quickstart --detach starts it"
	trap - EXIT INT TERM HUP
	cd "$from" || exit 1
	[ "$command" = slipway ] || { ctl "$@"; exit; }
	slipway "$@" ;;
esac

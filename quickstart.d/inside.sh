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

# To this one, even if a folder was linked when it had another port.
slipway() {
	HOME=$in/home XDG_CONFIG_HOME=$in/home SLIPWAY_URL=$(url) "$bin/cli/slipway/slipway" "$@"
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

# What is asked for and does not fit to what runs.
same_as_runs() {
	was=$(cat "$in/server") at=$(cat "$in/port")
	[ "${server:-$was}" = "$was" ] ||
	    die "it runs already, with $was; ./quickstart stop, and again"
	[ "${port:-$at}" = "$at" ] ||
	    die "it runs already, on port $at; ./quickstart stop, and again"
	port=$at net_allow=
	exception >/dev/null
	for entry in $net_allow; do
		grep -q "^net-allow.* $entry\( \|\$\)" "$in/$conf" ||
		    die "it runs already, and does not let builds to $entry, a private address; ./quickstart stop, and again"
	done
}

up() {
	if running postgres && running api; then
		same_as_runs
		say "it runs already; this is one more deployment"
	else
		ours=1
		start_all
	fi
	deploy
}

# Is what runs what we started?  Not after "stop" in another terminal.
mine() {
	[ "$(cat "$in/owner" 2>/dev/null)" = $$ ]
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
	while mine; do
		for s in $servers; do
			running "$s" || ! mine || die "$s has ended; see run/slipway/log/$s.log"
		done
		sleep 2 &
		wait $!
	done
	trap - EXIT
	say "stopped from elsewhere"
	exit 0
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
	port=$(cat "$in/port")
	trap - EXIT INT TERM HUP
	cd "$from" || exit 1
	[ "$command" = slipway ] || {
		# Nothing is installed, so the schema is not where it looks.
		[ "$1" != migrate ] || {
			shift
			set -- migrate --schema "$here/schema" "$@"
		}
		ctl "$@"
		exit
	}
	slipway "$@" ;;
esac

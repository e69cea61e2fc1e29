# lib.sh -- a Slipway of its own for each test, made of real parts.
#
#	. "$srcdir/tests/e2e/lib.sh"
#	start postgres redis api serve builderd nginx
#	plan 2
#	account ann
#	api POST /api/projects '{"slug":"shop"}'
#	is "$status" 201 'a project'
#
# Everything lives in $T, a folder that goes away with the test: servers listen
# on UNIX sockets in $T/run, the web server on one free port of 127.0.0.1
# ($port).  Nothing waits by sleeping.  With KEEP=1 the folder stays.
#
# What a test may call, in the order of this file: plan ok is isnt like unlike
# soon late told skip_all note, conf, start stop kill_hard pid_of, account as api json, site
# own, cli, follow begun deploy release blob spoil unpack, db, mksite publish, guarded admit,
# repo commit.

srcdir=$(cd "${srcdir:-.}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
daemon=$builddir/tests/e2e/daemon
PATH=$PATH:/usr/sbin:/sbin
PG_BIN=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)}
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy \
    NOTIFY_SOCKET LISTEN_FDS PGHOST PGUSER PGDATABASE XDG_CONFIG_HOME
export LC_ALL=C.UTF-8 TZ=UTC

# ---- TAP ------------------------------------------------------------------

tap_plan=

plan() {
	tap_plan=$1
	echo "1..$1"
}

skip_all() {
	echo "1..0 # SKIP $*"
	tap_plan=0
	exit 0
}

note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# result GOOD DESCRIPTION: one line of TAP.  It may be called at the end of a
# pipe, so the count is kept in a file.
result() {
	echo >>"$T/tap"
	tap_n=$(wc -l <"$T/tap")
	if [ "$1" = 0 ]; then
		printf 'ok %d - %s\n' "$tap_n" "$2"
	else
		printf 'not ok %d - %s\n' "$tap_n" "$2"
		: >"$T/tap-bad"
		return 1
	fi
}

# ok DESCRIPTION COMMAND ...: it must succeed.
ok() {
	desc=$1
	shift
	"$@" >>"$T/log/ok.log" 2>&1
	result $? "$desc"
}

is() {
	if [ "$1" = "$2" ]; then
		result 0 "$3"
	else
		result 1 "$3"
		note " got: $1"
		note "want: $2"
	fi
}

isnt() {
	if [ "$1" != "$2" ]; then
		result 0 "$3"
	else
		result 1 "$3"
		note "got it: $1"
	fi
}

# like TEXT PATTERN DESCRIPTION: an extended regular expression, somewhere.
like() {
	if printf '%s\n' "$1" | grep -Eq -- "$2"; then
		result 0 "$3"
	else
		result 1 "$3"
		note " got: $(printf '%s' "$1" | head -c 1000)"
		note "want: $2"
	fi
}

unlike() {
	if printf '%s\n' "$1" | grep -Eq -- "$2"; then
		result 1 "$3"
		note "found: $2"
		note "   in: $(printf '%s' "$1" | head -c 1000)"
	else
		result 0 "$3"
	fi
}

# ---- waiting --------------------------------------------------------------

# soon; until COMMAND || late; do ...: what does not come within a minute is a
# failed test, and the next line is tried.
soon() {
	late_at=$(($(date +%s) + 60))
}

late() {
	[ "$(date +%s)" -ge "$late_at" ] || return 1
	result 1 'what is waited for comes within a minute'
	return 0
}

# told FIFO: the first line that comes through it; nothing if none does.
told() {
	timeout 60 head -n 1 "$1"
}

# What is never answered is a failed test as well.
curl() {
	command curl --max-time 60 "$@"
}

# ---- the folder -----------------------------------------------------------

T=$(mktemp -d /tmp/slipway.XXXXXX)
chmod 755 "$T"
mkdir "$T/run" "$T/log" "$T/keys" "$T/home" "$T/git" "$T/pid"
if [ "$(id -u)" = 0 ]; then
	root=1 api_user=64201 serve_user=64202 build_user=64203 queue_user=64204
	web_user=www-data as_pg='setpriv --reuid=postgres --regid=postgres --init-groups'
else
	root=0 api_user=$(id -un) serve_user=$api_user build_user=$api_user queue_user=$api_user
	web_user=$api_user as_pg=
fi

finish() {
	code=$?
	trap '' EXIT INT TERM HUP
	[ ! -e "$T/tap-bad" ] || tap_bad=1
	pids=$(cat "$T"/pid/* 2>/dev/null)
	# The programs first, so that they can still give back what they hold.
	# shellcheck disable=SC2086
	[ -z "$pids" ] || "$daemon" stop 15 3 $pids 2>/dev/null
	if [ -n "$tap_bad" ] || { [ "$code" != 0 ] && [ "$code" != 1 ]; }; then
		for f in "$T"/log/*.log; do
			[ -s "$f" ] && note "--- ${f##*/}" && tail -n 15 "$f" | cut -c1-300 | sed 's/^/# /'
		done
	fi
	[ -n "$tap_plan" ] || echo "1..$(cat "$T/tap" 2>/dev/null | wc -l)"
	if [ -n "$KEEP" ]; then
		note "kept: $T"
	else
		umount_below "$T"
		rm -rf --one-file-system "$T"
	fi
	[ "$code" != 0 ] || [ -z "$tap_bad" ] || code=1
	exit $code
}

# A build that was cut off may leave a mount; never remove through one.
umount_below() {
	awk -v t="$1/" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo |
	    sort -r | while read -r m; do umount -l "$m" 2>/dev/null; done
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# ---- configuration --------------------------------------------------------

# conf KEY VALUE: before start; the last one counts.
conf() {
	[ ! -f "$T/conf" ] || sed -i "/^$1 /d" "$T/conf"
	printf '%s\n' "$*" >>"$T/conf"
}

port=$("$daemon" port)
conf base-domain localhost
conf site-scheme http
conf site-port "$port"
conf api-url "http://localhost:$port"
conf state-dir "$T/state"
conf database "host=$T/run dbname=slipway"
conf redis "$T/run/redis.sock"
conf token-keys "$T/keys/token"
conf seal-public "$T/keys/seal.pub"
conf seal-private "$T/keys/seal"
conf api-socket "$T/run/api.sock"
conf api-user "$api_user"
conf api-workers 2
conf signup open
conf argon2-memory 19456
conf argon2-passes 2
conf serve-socket "$T/run/serve.sock"
conf serve-user "$serve_user"
conf serve-workers 2
conf web-group "$(id -gn "$web_user")"
conf queue-user "$queue_user"
conf build-user "$build_user"
conf build-image host
conf build-memory 1536
conf build-disk 2048
conf disk-reserve 64
# Tests run side by side, and builds are not to wait for all the others.
conf build-priority low
conf libexec-dir "$builddir/builderd"

# What the programs find: slipway.conf, keys and the state directory.
prepare() {
	[ ! -f "$T/slipway.conf" ] || return 0
	cp "$T/conf" "$T/slipway.conf"
	"$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" keys \
	    >>"$T/log/keys.log" 2>&1
	mkdir -p "$T/state/blobs" "$T/state/uploads" "$T/state/mirrors" \
	    "$T/state/deps" "$T/state/images" "$T/state/work" "$T/state/routes"
	if [ "$root" = 1 ]; then
		chown "$api_user:$build_user" "$T/state/uploads"
		chmod 2750 "$T/state/uploads"
		chown "$serve_user" "$T/state/routes"
		chown "$build_user" "$T/state/blobs"
		chmod 700 "$T/state/mirrors" "$T/state/deps" "$T/state/work"
	fi
}

# ---- servers --------------------------------------------------------------

# start NAME ...: postgres redis api serve builderd nginx lighttpd git sshd
start() {
	for name; do
		"start_$name" || {
			note "$name did not start"
			tap_bad=1
			exit 99
		}
	done
}

pid_of() {
	cat "$T/pid/$1"
}

# run NAME PROGRAM ...: returns when it is ready.
run() {
	run_name=$1
	shift
	"$daemon" start "$T/log/$run_name.log" "$T/pid/$run_name" "$@"
}

# stop NAME ...: as an operator would, and wait for the end.
stop() {
	for name; do
		sig=15
		[ "$name" != postgres ] || sig=2
		"$daemon" stop $sig 30 "$(pid_of "$name")"
		rm -f "$T/pid/$name"
	done
}

# kill_hard NAME ...: SIGKILL, to all of it.
kill_hard() {
	for name; do
		p=$(pid_of "$name")
		# shellcheck disable=SC2046
		"$daemon" stop 9 30 "$p" $(children "$p")
		rm -f "$T/pid/$name"
	done
}

children() {
	cat "/proc/$1/task/$1/children" 2>/dev/null
}

start_postgres() {
	sh "$srcdir/tests/e2e/template.sh" "$builddir/tests/e2e/template" \
	    >>"$T/log/template.log" 2>&1 || return 1
	if [ ! -d "$T/pg" ]; then
		cp -a "$builddir/tests/e2e/template/pg" "$T/pg"
		cat >>"$T/pg/postgresql.conf" <<-EOC
			unix_socket_directories = '$T/run'
			external_pid_file = '$T/run/postgres.pid'
		EOC
		chmod 1777 "$T/run"
	fi
	rm -f "$T/pg/postmaster.pid"
	# shellcheck disable=SC2086
	(cd / && run postgres $as_pg "$PG_BIN/postgres" -D "$T/pg")
}

start_redis() {
	(cd "$T" && run redis redis-server --port 0 --unixsocket "$T/run/redis.sock" \
	    --unixsocketperm 777 --save '' --appendonly no --supervised systemd \
	    --dir "$T" --daemonize no)
}

start_api() {
	prepare
	run api "$builddir/fcgi-api/fcgi-api" -f "$T/slipway.conf"
}

start_serve() {
	prepare
	run serve "$builddir/fcgi-serve/fcgi-serve" -f "$T/slipway.conf"
}

# Builds need root and an OCI runtime: say so rather than fail.
start_builderd() {
	[ "$root" = 1 ] || skip_all 'builds need root'
	command -v crun >/dev/null || skip_all 'builds need crun'
	prepare
	run builderd "$builddir/builderd/builderd" -f "$T/slipway.conf"
}

# ---- the API --------------------------------------------------------------

who=
token=
status=
body=

# account NAME: signs up NAME@example.org and acts as them from now on.
account() {
	api POST /api/auth/signup \
	    "{\"email\":\"$1@example.org\",\"password\":\"correct horse $1\",\"name\":\"$1\"}"
	[ "$status" = 201 ] || {
		note "signup: $status $body"
		return 1
	}
	json .access_token >"$T/home/$1.token"
	json .refresh_token >"$T/home/$1.refresh"
	become "$1"
}

# become NAME|nobody: whom api, deploy and cli act as.
become() {
	who=$1
	token=
	[ "$1" = nobody ] || token=$(cat "$T/home/$1.token")
}

# as NAME COMMAND ...: once.
as() {
	as_before=$who
	become "$1"
	shift
	"$@"
	as_code=$?
	become "${as_before:-nobody}"
	return $as_code
}

# api METHOD PATH [JSON [CURL-ARGUMENT ...]]: sets $status and $body.
api() {
	ask_api "$@"
	[ "$status" != 401 ] || ! renew || ask_api "$@"
}

# Where all is slow, a test takes longer than a session's access token lasts.
renew() {
	[ -n "$token" ] && [ -n "$(find "$T/home/$who.token" -mmin +10 2>/dev/null)" ] &&
	    [ "$token" = "$(cat "$T/home/$who.token")" ] || return 1
	token=
	ask_api POST /api/auth/refresh "{\"refresh_token\":\"$(cat "$T/home/$who.refresh")\"}"
	[ "$status" = 200 ] || return 1
	json .access_token >"$T/home/$who.token"
	json .refresh_token >"$T/home/$who.refresh"
	become "$who"
}

ask_api() {
	api_method=$1 api_path=$2 api_body=$3
	shift $(($# < 3 ? $# : 3))
	[ -z "$token" ] || set -- -H "Authorization: Bearer $token" "$@"
	# A POST says how long its body is, even if it has none.
	[ "$api_method$api_body$#" != POST2 ] && [ "$api_method$api_body$#" != POST0 ] ||
	    set -- -H 'Content-Length: 0' "$@"
	[ -z "$api_body" ] ||
	    set -- -H 'Content-Type: application/json' --data-binary "$api_body" "$@"
	status=$(curl -sS -o "$T/body" -D "$T/headers" -w '%{http_code}' \
	    --path-as-is -X "$api_method" "$@" "http://localhost:$port$api_path" \
	    2>>"$T/log/curl.log")
	body=$(tr -d '\0' <"$T/body" 2>/dev/null)
}

# json FILTER: of the last answer's body.
json() {
	printf '%s' "$body" | jq -r "$1"
}

# header NAME: of the last answer.
header() {
	sed -n "s/^$1: *//Ip" "$T/headers" | tr -d '\r'
}

# site LABEL PATH [CURL-ARGUMENT ...]: a visitor; sets $status and $body.
site() {
	site_host=$1 site_path=$2
	shift 2
	rm -f "$T/body"
	status=$(curl -sS -o "$T/body" -D "$T/headers" -w '%{http_code}' \
	    --path-as-is "$@" "http://$site_host.localhost:$port$site_path" \
	    2>>"$T/log/curl.log")
	body=$(tr -d '\0' <"$T/body" 2>/dev/null)
}

# own PATH: of $deployment, at its own host; the production host may be a second
# behind.
own() {
	api GET "/api/deployments/$deployment"
	site "$(json .url | sed 's,.*://,,; s,[.].*,,')" "$1"
}

# cli ARGUMENT ...: slipway, as whom api acts; prints what it says.
cli() {
	SLIPWAY_URL=http://localhost:$port SLIPWAY_TOKEN=$token HOME=$T/home \
	    "$builddir/cli/slipway/slipway" "$@" 2>&1
}

# ---- deployments ----------------------------------------------------------

# follow DEPLOYMENT: waits for its end, for at most five minutes; sets $state,
# and $log to what it said.
follow() {
	after=0 was= log=
	follow_until=$(($(date +%s) + 300))
	: >"$T/buildlog"
	while [ "$(date +%s)" -lt "$follow_until" ]; do
		api GET "/api/deployments/$1/logs?after=$after&wait=10&limit=1000"
		[ "$status" = 200 ] || {
			state="HTTP $status"
			return 1
		}
		if [ "$(json .attempt)" != "$was" ]; then
			was=$(json .attempt)
			[ "$after" = 0 ] || { after=0; : >"$T/buildlog"; continue; }
		fi
		json '.lines[].line' >>"$T/buildlog"
		after=$(json .last)
		[ "$(json .done)" != true ] || [ "$(json '.lines|length')" != 0 ] || break
	done
	log=$(cat "$T/buildlog")
	api GET "/api/deployments/$1"
	state=$(json .state)
}

# settle DEPLOYMENT: the same while things are being killed: whatever the API
# answers, it is asked again, for at most two minutes.  Sets $state.
settle() {
	settle_until=$(($(date +%s) + ${2:-120}))
	while [ "$(date +%s)" -lt "$settle_until" ]; do
		api GET "/api/deployments/$1/logs?after=999999&wait=5"
		[ "$status" = 200 ] || { sleep 0.2; continue; }
		state=$(json .state)
		[ "$(json .done)" != true ] || return 0
	done
	state="$state, still"
	return 1
}

# begun DEPLOYMENT: waits until its build has said so, in whatever attempt; that
# is in what the API has answered last.
begun() {
	after=0 was=
	soon
	while ! late; do
		api GET "/api/deployments/$1/logs?after=$after&wait=10"
		! json '.lines[].line' | grep -qx begun || return 0
		[ "$(json .done)" = false ] || return 1
		after=$(json .last)
		[ "$(json .attempt)" = "$was" ] || after=0
		was=$(json .attempt)
	done
	return 1
}

# deploy PROJECT [JSON]: asks for one and waits for its end; $deployment.
deploy() {
	api POST "/api/projects/$1/deployments" "${2:-{\}}"
	[ "$status" = 202 ] || {
		note "deploy $1: $status $body"
		deployment= state="HTTP $status"
		return 1
	}
	deployment=$(json .id)
	follow "$deployment"
}

# release PROJECT FOLDER [TARGET [NAME=VALUE ...]]: a deployment of it, ready
# without a build, its manifest with those settings; sets $deployment.
release() {
	release_to=$1 release_dir=$2 release_target=${3:-production}
	shift $(($# < 3 ? $# : 3))
	for release_set; do
		set -- "$@" -s "$release_set"
		shift
	done
	prepare
	release_manifest=$("$builddir/tests/fcgi-serve/mksite" "$@" -s published=1700000000 \
	    "$T/state/blobs" "$release_dir") || return 1
	[ "$root" = 0 ] || find "$T/state/blobs" -user 0 -exec chown "$build_user" {} +
	deployment=$(db "SELECT deployment_create(id, '$release_target', 'git', '', 'branch', NULL, NULL)
	    FROM projects WHERE slug = '$release_to'")
	db "UPDATE deployments SET state = 'building', fence = nextval('fence_seq'),
	        lease_until = now() WHERE id = '$deployment';
	    SELECT build_ready(id, fence, '$release_manifest', 1, 1, NULL)
	      FROM deployments WHERE id = '$deployment'" >/dev/null
}

# blob FILE [SUFFIX]: where the store has what is in it; $f, and its hash in $sum.
blob() {
	sum=$(sha256sum <"$1" | cut -c1-64)
	f=$T/state/blobs/$(echo "$sum" | cut -c1-2)/$(echo "$sum" | cut -c3-)$2
}

# spoil FILE: one byte of it becomes another, whatever it was.
spoil() {
	was=$(od -An -v -tu1 -j20 -N1 "$1")
	# shellcheck disable=SC2059
	printf "\\$(printf %03o $((255 - was)))" |
	    dd of="$1" bs=1 seek=20 conv=notrunc 2>/dev/null
}

# unpack PACKAGE@VERSION FOLDER: what the npm registry has of it, and no more.
unpack() {
	rm -rf "$2"
	mkdir -p "$2"
	(cd "$T" && tar xzf "$(npm pack -s "$1")" -C "$2" --strip-components=1)
}

# ---- the database, as its operator ----------------------------------------

db() {
	$as_pg psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$T/run" -U postgres \
	    -d slipway -c "$1"
}

. "$srcdir/tests/e2e/web.sh"
. "$srcdir/tests/e2e/git.sh"

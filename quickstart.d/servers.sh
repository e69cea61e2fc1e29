# servers.sh -- PostgreSQL, Redis, Slipway, a web server and a Git server, all
# in $in.  Part of quickstart.

servers="postgres redis api serve builderd git web"
api_user=64101 serve_user=64102 build_user=64103 git_user=64104 queue_user=64105

# ---- processes --------------------------------------------------------------

# A pid alone may be somebody else's by now: keep when it was started, too.
born() {
	awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null
}

running() {
	[ -s "$in/pid/$1" ] && [ -s "$in/pid/$1.born" ] &&
	    [ "$(born "$(cat "$in/pid/$1")")" = "$(cat "$in/pid/$1.born")" ]
}

remember() {
	born "$(cat "$in/pid/$1")" >"$in/pid/$1.born"
}

# run NAME PROGRAM ...: returns when it has said that it is ready.
run() {
	name=$1
	shift
	"$daemon" start "$in/log/$name.log" "$in/pid/$name" "$@" || {
		tail -n 15 "$in/log/$name.log" >&2
		die "$name did not start; see run/slipway/log/$name.log"
	}
	remember "$name"
}

# by_itself NAME PROGRAM ...: one that goes to the background by itself, and
# writes $in/pid/NAME.
by_itself() {
	name=$1
	shift
	"$@" >>"$in/log/$name.log" 2>&1 && for i in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -s "$in/pid/$name" ] || { remember "$name"; return; }
		sleep 0.2
	done
	tail -n 15 "$in/log/$name.log" >&2
	die "$name did not start; see run/slipway/log/$name.log"
}

# stop NAME SIGNAL SECONDS
stop() {
	if running "$1"; then
		"$daemon" stop "$2" "$3" "$(cat "$in/pid/$1")"
	fi
	rm -f "$in/pid/$1" "$in/pid/$1.born"
}

stop_all() {
	rm -f "$in/owner"
	stop web 15 5
	stop git 15 5
	stop builderd 15 20
	stop serve 15 10
	stop api 15 10
	stop redis 15 5
	stop postgres 2 20
	say "stopped"
}

status() {
	for s in $servers; do
		if running "$s"; then
			printf '%-9s runs, process %s\n' "$s" "$(cat "$in/pid/$s")"
		else
			printf '%-9s does not run\n' "$s"
		fi
	done
	! running web || echo "http://localhost:$(cat "$in/port")/api/"
}

# ---- ports ------------------------------------------------------------------

# free_port FILE FIRST: the one in FILE if nobody has it, else the next.
free_port() {
	p=$(cat "$1" 2>/dev/null || echo "$2")
	while taken "$p"; do
		p=$((p + 1))
		[ "$p" -lt 65536 ] || die "no free port from $2"
	done
	echo "$p" >"$1"
	cat "$1"
}

choose_ports() {
	if [ -n "$port" ]; then
		! taken "$port" || die "port $port is taken; --port takes another"
		echo "$port" >"$in/port"
	fi
	port=$(free_port "$in/port" 8080)
	git_port=$(free_port "$in/git-port" 18080)
}

# ---- configuration ----------------------------------------------------------

folders() {
	mkdir -p "$in/log" "$in/pid" "$in/sock" "$in/keys" "$in/home" "$in/git" \
	    "$in/redis" "$in/web" "$in/state/blobs" "$in/state/uploads" \
	    "$in/state/mirrors" "$in/state/deps" "$in/state/images" \
	    "$in/state/work" "$in/state/routes"
	chmod 1777 "$in/sock"
	chmod 700 "$in/home"
	chown $git_user:$git_user "$in/git"
	chown $serve_user:$serve_user "$in/state/routes"
	chown $api_user:$build_user "$in/state/uploads"
	chmod 2750 "$in/state/uploads"
	chown $build_user:$build_user "$in/state/blobs"
	chown 0:0 "$in/state/mirrors" "$in/state/deps" "$in/state/work"
	chmod 700 "$in/state/mirrors" "$in/state/deps" "$in/state/work"
}

# private ADDRESS: is it one that builds are not let to by themselves?
private() {
	case $1 in
	10.* | 127.* | 169.254.* | 192.168.* | 203.0.113.* | 198.51.100.* | \
	    192.0.2.* | 198.1[89].* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].* | \
	    100.6[4-9].* | 100.[7-9][0-9].* | 100.1[01][0-9].* | 100.12[0-7].* | \
	    ::1 | f[cd]*:* | fe80:* | 2001:db8:*) return 0 ;;
	esac
	return 1
}

# allow HOST PORT: let builds reach it although its addresses are private.
allow() {
	for a in $(getent ahosts "$1" | awk '{ print $1 }' | sort -u); do
		private "$a" || continue
		case $a in
		*:*) entry="$a/128:$2" ;;
		*) entry="$a/32:$2" ;;
		esac
		case " $net_allow " in
		*" $entry "*) continue ;;
		esac
		net_allow="$net_allow $entry"
		say "$1 is at $a here, a private address: builds are let there, port $2"
	done
}

# Where the repository comes from.
exception() {
	case $repo in
	https://*)
		host=${repo#https://}
		host=${host%%/*}
		case $host in
		*:*) allow "${host%:*}" "${host##*:}" ;;
		*) allow "$host" 443 ;;
		esac ;;
	http://*)
		host=${repo#http://}
		host=${host%%/*}
		case $host in
		*:*) allow "${host%:*}" "${host##*:}" ;;
		*) allow "$host" 80 ;;
		esac ;;
	esac
}

# And the packages.
exceptions() {
	net_allow=127.0.0.1/32:$git_port
	exception
	host=$(registry)
	[ -z "$host" ] || allow "$host" 443
}

# The host of the registry that npm is set to here, if it is here.
registry() {
	(cd / && npm config get registry) 2>/dev/null |
	    sed -n 's,^https://\([^/:]*\).*,\1,p'
}

configure() {
	exceptions
	case $server in
	nginx) sendfile=accel ;;
	lighttpd) sendfile=xsendfile ;;
	esac
	cat >"$in/$conf" <<-EOC
		base-domain localhost
		site-scheme http
		site-port $port
		api-url http://localhost:$port
		state-dir $in/state
		database host=$in/sock dbname=slipway
		redis $in/sock/redis.sock
		token-keys $in/keys/token.keys
		seal-public $in/keys/seal.pub
		seal-private $in/keys/seal.key
		api-socket $in/sock/api.sock
		api-user $api_user
		serve-socket $in/sock/serve.sock
		serve-user $serve_user
		queue-user $queue_user
		build-user $build_user
		build-image ${host_image:-default}
		web-group www-data
		sendfile $sendfile
		net-allow $net_allow
		disk-reserve 1024
		libexec-dir $bin/builderd
	EOC
	ctl conf >/dev/null || die "run/slipway/slipway.conf is not right"
	ctl keys >"$in/log/keys.log" 2>&1 || {
		cat "$in/log/keys.log" >&2
		die "no keys"
	}
}

# ---- one after the other ----------------------------------------------------

as_postgres() {
	(cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@")
}

pg_bin() {
	for d in /usr/lib/postgresql/*/bin; do
		[ -x "$d/postgres" ] && echo "$d"
	done | sort -V | tail -n 1
}

init_postgres() {
	mkdir -p "$in/pg" && chown postgres "$in/pg" && chmod 700 "$in/pg" &&
	    as_postgres "$(pg_bin)/initdb" -D "$in/pg" -U postgres -A trust \
	        -E UTF8 --locale=C.UTF-8
}

start_postgres() {
	if [ ! -s "$in/pg/PG_VERSION" ]; then
		phase "make the database" init_postgres
		cat >>"$in/pg/postgresql.conf" <<-EOC
			listen_addresses = ''
			unix_socket_directories = '$in/sock'
			shared_buffers = 64MB
			max_connections = 50
		EOC
	fi
	rm -f "$in/pg/postmaster.pid"
	(cd / && run postgres setpriv --reuid=postgres --regid=postgres \
	    --init-groups "$(pg_bin)/postgres" -D "$in/pg") || exit 1
	as_postgres psql -XAtq -h "$in/sock" -d postgres \
	    -c "SELECT 1 FROM pg_database WHERE datname = 'slipway'" | grep -q 1 ||
	    as_postgres createdb -h "$in/sock" slipway || die "no database"
	ctl migrate --schema "$here/schema" >"$in/log/migrate.log" 2>&1 || {
		cat "$in/log/migrate.log" >&2
		die "the schema was not applied; if run/ is of another version of Slipway, remove it (and with it what was deployed) to begin anew"
	}
	say "PostgreSQL"
}

start_redis() {
	run redis redis-server --port 0 --unixsocket "$in/sock/redis.sock" \
	    --unixsocketperm 777 --save '' --appendonly no \
	    --supervised systemd --dir "$in/redis" --daemonize no
	say "Redis"
}

start_slipway() {
	run api "$bin/fcgi-api/fcgi-api" -f "$in/$conf"
	run serve "$bin/fcgi-serve/fcgi-serve" -f "$in/$conf"
	run builderd "$bin/builderd/builderd" -f "$in/$conf"
	say "fcgi-api, fcgi-serve, builderd"
}

# Smart HTTP for the examples: git's own http-backend.
start_git() {
	cat >"$in/git.conf" <<-EOC
		server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
		server.document-root = "$in/git"
		server.bind = "127.0.0.1"
		server.port = $git_port
		server.errorlog = "$in/git/error.log"
		alias.url = ( "/" => "$(git --exec-path)/git-http-backend/" )
		cgi.assign = ( "" => "" )
		setenv.set-environment = (
		    "GIT_PROJECT_ROOT" => "$in/git",
		    "GIT_HTTP_EXPORT_ALL" => "1",
		    "GIT_CONFIG_NOSYSTEM" => "1",
		    "HOME" => "$in/git"
		)
	EOC
	setpriv --reuid=$git_user --regid=$git_user --clear-groups \
	    lighttpd -D -f "$in/git.conf" >>"$in/log/git.log" 2>&1 </dev/null &
	echo $! >"$in/pid/git"
	remember git
}

fill_in() {
	sed -e "s,@LISTEN@,127.0.0.1:$port,g" -e 's,@API_HOST@,localhost,g' \
	    -e 's,@BASE_DOMAIN@,localhost,g' -e "s,@API_SOCKET@,$in/sock/api.sock,g" \
	    -e "s,@SERVE_SOCKET@,$in/sock/serve.sock,g" -e "s,@BLOBS@,$in/state/blobs,g" \
	    -e "s,@UPLOAD_MAX@,$1,g" -e "s,@CACHE@,$in/web/cache,g" \
	    -e 's,@CACHE_ZONE@,slipway,g' -e "s,@LOG@,$in/log/access.log,g" \
	    -e 's,@COUNTRY@,"",g' \
	    -e 's,@CA@,/etc/ssl/certs/ca-certificates.crt,g' "$2"
}

start_nginx() {
	fill_in 100m httpd-conf/nginx.conf.in >"$in/web/slipway.conf"
	cat >"$in/web/nginx.conf" <<-EOC
		user www-data;
		worker_processes auto;
		pid $in/pid/web;
		error_log $in/log/web.log;
		events { worker_connections 1024; }
		http {
			include /etc/nginx/mime.types;
			client_body_temp_path $in/web/body;
			fastcgi_temp_path $in/web/fastcgi;
			proxy_temp_path $in/web/proxy;
			scgi_temp_path $in/web/scgi;
			uwsgi_temp_path $in/web/uwsgi;
			include $in/web/slipway.conf;
		}
	EOC
	by_itself web nginx -c "$in/web/nginx.conf" -p "$in/web" -e "$in/log/web.log"
}

start_lighttpd() {
	fill_in 102400 httpd-conf/lighttpd.conf.in >"$in/web/slipway-lighttpd.conf"
	cat >"$in/web/lighttpd.conf" <<-EOC
		server.bind = "127.0.0.1"
		server.port = $port
		server.document-root = "$in/web"
		server.username = "www-data"
		server.groupname = "www-data"
		server.pid-file = "$in/pid/web"
		server.errorlog = "$in/log/web.log"
		server.upload-dirs = ( "/var/tmp" )
		include "$in/web/slipway-lighttpd.conf"
	EOC
	touch "$in/log/web.log"
	chown www-data "$in/log/web.log"
	by_itself web lighttpd -f "$in/web/lighttpd.conf"
}

# Builds run in an image of their own; with --host-image they see this machine's
# /usr, read only.
make_image() {
	[ -z "$host_image" ] || return 0
	[ -z "$(ls "$in/state/images" 2>/dev/null)" ] || return 0
	attempt "make the build image" ctl image && return
	tail -n 25 "$log" >&2
	die "no build image; --host-image does without, if this machine has Node"
}

start_all() {
	server=${server:-nginx}
	folders
	echo $$ >"$in/owner"
	echo "$server" >"$in/server"
	choose_ports
	configure
	make_image
	start_postgres
	start_redis
	start_slipway
	start_git
	"start_$server"
	say "$server on 127.0.0.1:$port"
}

# web.sh -- nginx and lighttpd in front, on the files of httpd-conf/.  Part of
# lib.sh.

# render FILE: one of httpd-conf/, its words filled in.
render() {
	sed -e "s|@LISTEN@|127.0.0.1:$port|; s|@API_HOST@|localhost|
	    s|@BASE_DOMAIN@|localhost|; s|@API_SOCKET@|$T/run/api.sock|
	    s|@SERVE_SOCKET@|$T/run/serve.sock|; s|@BLOBS@|$T/state/blobs|
	    s|@UPLOAD_MAX@|$2|; s|@CACHE@|$T/nginx-cache|
	    s|@CACHE_ZONE@|${cache:-slipway}|; s|@LOG@|$T/log/access.log|; s|@COUNTRY@|${country:-\"\"}|
	    s|@CA@|${proxy_ca:-/etc/ssl/certs/ca-certificates.crt}|" \
	    "$srcdir/httpd-conf/$1"
}

start_nginx() {
	prepare
	render nginx.conf.in 100m >"$T/slipway-nginx.conf"
	cat >"$T/nginx.conf" <<-EOC
		$([ "$root" = 0 ] || echo "user $web_user;")
		worker_processes 1;
		worker_rlimit_nofile 4096;
		pid $T/pid/nginx;
		error_log $T/log/nginx.log warn;
		events { worker_connections 1024; }
		http {
			client_body_temp_path $T/nginx-body;
			fastcgi_temp_path $T/nginx-fastcgi;
			proxy_temp_path $T/nginx-proxy;
			scgi_temp_path $T/nginx-scgi;
			uwsgi_temp_path $T/nginx-uwsgi;
			default_type application/octet-stream;
			access_log off;
			sendfile on;
			include $T/slipway-nginx.conf;
			$web_extra
		}
	EOC
	nginx -c "$T/nginx.conf" -p "$T" -e "$T/log/nginx.log" \
	    >>"$T/log/nginx.log" 2>&1
}

# nginx_cache on|off: with the one-second cache, or without.
nginx_cache() {
	cache=slipway
	[ "$1" = on ] || cache=off
	render nginx.conf.in 100m >"$T/slipway-nginx.conf"
	before=$(children "$(pid_of nginx)")
	kill -HUP "$(pid_of nginx)"
	# shellcheck disable=SC2086
	"$daemon" wait 10 $before
}

start_lighttpd() {
	conf sendfile xsendfile
	if [ -f "$T/slipway.conf" ] && ! grep -q '^sendfile xsendfile' "$T/slipway.conf"; then
		cp "$T/conf" "$T/slipway.conf"
		[ ! -f "$T/pid/serve" ] || {
			stop serve
			start serve
		}
	fi
	prepare
	render lighttpd.conf.in 102400 >"$T/slipway-lighttpd.conf"
	# It opens its log when it is no longer root.
	touch "$T/log/lighttpd.log"
	mkdir -p "$T/lighttpd"
	[ "$root" = 0 ] ||
	    chown "$web_user" "$T/log/lighttpd.log" "$T/lighttpd"
	cat >"$T/lighttpd.conf" <<-EOC
		server.document-root = "$T/home"
		server.bind = "127.0.0.1"
		server.port = $port
		server.pid-file = "$T/pid/lighttpd"
		server.errorlog = "$T/log/lighttpd.log"
		$([ "$root" = 0 ] || printf 'server.username = "%s"\nserver.groupname = "%s"' "$web_user" "$(id -gn "$web_user")")
		server.upload-dirs = ( "$T/lighttpd" )
		include "$T/slipway-lighttpd.conf"
	EOC
	mkdir -p "$T/lighttpd"
	: >>"$T/log/lighttpd.log"
	[ "$root" = 0 ] || chown "$web_user" "$T/lighttpd" "$T/log/lighttpd.log"
	lighttpd -f "$T/lighttpd.conf" >>"$T/log/lighttpd.log" 2>&1
}

# mksite [-s NAME=VALUE] STORE DIR: a folder into blobs; prints its manifest.
mksite() {
	"$builddir/tests/fcgi-serve/mksite" "$@"
}

# publish SLUG MANIFEST: as its live deployment.
publish() {
	db "INSERT INTO teams (slug, name) VALUES ('t', 't') ON CONFLICT DO NOTHING;
	INSERT INTO projects (team_id, slug) SELECT id, '$1' FROM teams
	    ON CONFLICT DO NOTHING;
	WITH d AS (INSERT INTO deployments (team_id, project_id, seq, state, target,
	    source, manifest, branch_label)
	    SELECT team_id, p.id, 1 + (SELECT count(*) FROM deployments),
	    'ready', 'production', 'prebuilt', '$2', 'main'
	    FROM projects p WHERE slug = '$1' RETURNING *)
	UPDATE projects SET live_deployment = d.id FROM d WHERE slug = '$1'" >/dev/null
}

# front NAME ROUND ...: each line of $T/table is asked for once a round, through
# what runs:
#
#	status|path of site.localhost|arguments for curl|pattern of a header or the body
front() {
	front=$1
	shift
	bad=0 n=0
	for round; do
		while IFS='|' read -r want path args pattern; do
			rm -f "$T/body"
			eval "set -- $args"
			status=$(curl -sS -o "$T/body" -D "$T/headers" -w '%{http_code}' --path-as-is \
			    "$@" "http://site.localhost:$port$path" 2>>"$T/log/curl.log")
			n=$((n + 1))
			if [ "$status" != "$want" ] || ! {
				tr -d '\r' <"$T/headers" | awk -F: '{ n = tolower($1); sub(/^[^:]*/, n); print }'
				head -c 1000 "$T/body" 2>/dev/null
			} | grep -Eq -- "${pattern:-.}"; then
				bad=$((bad + 1))
				note "$front: $path $args: got $status, want $want $pattern"
				head -c 600 "$T/headers" | sed 's/^/#   /'
			fi
		done <"$T/table"
	done
	is "$bad" 0 "$front: $n requests answered as the table says"
}

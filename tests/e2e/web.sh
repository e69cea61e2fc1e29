# web.sh -- nginx and lighttpd in front, on the files of httpd-conf/.  Part of
# lib.sh.
#
# site_cache=off: nginx keeps nothing.  lighttpd needs "conf sendfile xsendfile"
# before fcgi-serve starts.  web_port, if set, is where the next one listens.

site_cache=slipway

# fill FILE: with the words between at-signs replaced.
fill() {
	sed -e "s|@LISTEN@|127.0.0.1:${web_port:-$port}|" -e 's|@API_HOST@|localhost|' \
	    -e 's|@BASE_DOMAIN@|localhost|' -e "s|@API_SOCKET@|$T/run/api.sock|" \
	    -e "s|@SERVE_SOCKET@|$T/run/serve.sock|" -e "s|@BLOBS@|$T/state/blobs|" \
	    -e "s|@UPLOAD_MAX@|$2|" -e "s|@CACHE@|$T/nginx-cache|" \
	    -e "s|@CACHE_ZONE@|$site_cache|" -e "s|@LOG@|$T/log/access|" \
	    "$srcdir/httpd-conf/$1"
}

start_nginx() {
	prepare
	fill nginx.conf.in 100m >"$T/nginx-slipway.conf"
	cat >"$T/nginx.conf" <<-EOC
		user $web_user;
		worker_processes 1;
		pid $T/pid/nginx;
		error_log $T/log/nginx.log info;
		events { worker_connections 1024; }
		http {
			client_body_temp_path $T/nginx-body;
			fastcgi_temp_path $T/nginx-fastcgi;
			proxy_temp_path $T/nginx-proxy;
			scgi_temp_path $T/nginx-scgi;
			uwsgi_temp_path $T/nginx-uwsgi;
			include $T/nginx-slipway.conf;
		}
	EOC
	nginx -c "$T/nginx.conf" -p "$T" >>"$T/log/nginx.log" 2>&1
}

start_lighttpd() {
	prepare
	fill lighttpd.conf.in 102400 >"$T/lighttpd-slipway.conf"
	mkdir -p "$T/lighttpd"
	chown "$web_user" "$T/lighttpd"
	cat >"$T/lighttpd.conf" <<-EOC
		server.bind = "127.0.0.1"
		server.port = ${web_port:-$port}
		server.document-root = "$T/lighttpd"
		server.upload-dirs = ( "$T/lighttpd" )
		server.errorlog = "$T/log/lighttpd.log"
		server.pid-file = "$T/pid/lighttpd"
		$([ "$root" = 0 ] || printf 'server.username = "%s"\nserver.groupname = "%s"\n' \
		    "$web_user" "$(id -gn "$web_user")")
		include "$T/lighttpd-slipway.conf"
	EOC
	lighttpd -f "$T/lighttpd.conf" >>"$T/log/lighttpd.log" 2>&1
}

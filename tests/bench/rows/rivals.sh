# rivals -- other servers of files: Caddy's file_server and npm's serve.
caddy_port=$("$daemon" port) serve_port=$("$daemon" port)

# caddy_path: Debian's caddy, from its package alone: nothing is installed.
caddy_path() {
	command -v caddy && return
	(cd "$T" && apt-get download caddy && dpkg-deb -x caddy_*.deb caddy) >"$T/log/apt.log" 2>&1
	[ -x "$T/caddy/usr/bin/caddy" ] && echo "$T/caddy/usr/bin/caddy"
}

# against NAME PORT: a line for it, of the same file in the same run.
against() {
	until curl -sf -o /dev/null "http://127.0.0.1:$2/4k.html"; do
		[ $((tries = tries + 1)) -lt 1000 ] || { say "$1 does not answer"; return 1; }
	done
	compare "http://127.0.0.1:$2/4k.html" "$site/4k.html"
	r=$(ratio "$b" "$a")
	line "hot 4 KiB file, against $1" '>= 2' "$r ($b against $a requests/s)" \
	    "$(reached "$r >= 2")"
}

if caddy=$(caddy_path); then
	printf '{\nadmin off\nauto_https off\n}\nhttp://:%s {\nroot * %s\nfile_server\n}\n' \
	    "$caddy_port" "$T/bare" >"$T/Caddyfile"
	HOME=$T/home "$caddy" run --config "$T/Caddyfile" --adapter caddyfile >"$T/log/caddy.log" 2>&1 &
	rival=$!
	tries=0
	against "Caddy's file_server ($("$caddy" version | cut -d' ' -f1))" "$caddy_port"
	kill "$rival"
	wait "$rival" 2>/dev/null
else
	line "hot 4 KiB file, against Caddy's file_server" '>= 2' 'not measured: no package of it in reach' '-'
fi
if command -v npm >/dev/null && mkdir "$T/serve" &&
    (cd "$T/serve" && npm init -y && npm install --no-audit --no-fund serve@14) >"$T/log/npm-serve.log" 2>&1; then
	echo '{ "cleanUrls": false }' >"$T/bare/serve.json"
	NO_UPDATE_CHECK=1 "$T/serve/node_modules/.bin/serve" -n -L -l "tcp://127.0.0.1:$serve_port" "$T/bare" \
	    >"$T/log/npm-serve.log" 2>&1 &
	rival=$!
	tries=0
	against "npm's serve ($(jq -r .version "$T/serve/node_modules/serve/package.json"))" "$serve_port"
	kill "$rival"
	wait "$rival" 2>/dev/null
else
	line "hot 4 KiB file, against npm's serve" '>= 2' 'not measured: no package of it in reach' '-'
fi

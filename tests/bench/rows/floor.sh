# floor -- what a request without nginx's cache costs fcgi-serve, and what it
# would cost anybody who takes requests from libfcgi.
"$builddir/tests/bench/floor" "$T/run/floor.sock" "$T/bare/4k.html" 4 2>"$T/log/floor.log" &
echo $! >"$T/pid/floor"
until [ -S "$T/run/floor.sock" ]; do sleep 0.1; done
chmod 666 "$T/run/floor.sock"
cat >"$T/nginx-more.conf" <<-EOC
	server {
		listen 127.0.0.1:$more;
		access_log off;
		location / {
			fastcgi_pass_request_headers off;
			$(sed -n '/^server {/,/^}/{ /fastcgi_param/p }' "$T/slipway-nginx.conf" |
			    sed '/fastcgi_param QUERY_STRING/,$d')
			fastcgi_buffer_size 16k;
			fastcgi_buffers 20 16k;
			fastcgi_pass unix:$T/run/floor.sock;
		}
	}
EOC
nginx_cache off
# cpu NAME: hundredths of a second that it and its children have used.
cpu() {
	for p in $(descend "$(pid_of "$1")"); do cut -d' ' -f14,15 "/proc/$p/stat"; done |
	    awk '{ n += $1 + $2 } END { print n }'
}
# per_second NAME URL: requests that a second of its time answers.
per_second() {
	before=$(cpu "$1")
	rate "$2" >/dev/null
	awk -v n="$(awk '/requests in/ { print $1 }' "$T/wrk")" -v t="$(($(cpu "$1") - before))" \
	    'BEGIN { printf "%.0f\n", n / (t / 100) }'
}
: >"$T/a"
: >"$T/b"
for _ in $(seq "$RUNS"); do
	per_second serve "$site/4k.html" >>"$T/a"
	per_second floor "http://x.localhost:$more/4k.html" >>"$T/b"
done
a=$(median <"$T/a") b=$(median <"$T/b")
stop floor
: >"$T/nginx-more.conf"
nginx_cache on
line 'uncached requests per CPU second of fcgi-serve (user + system)' \
    'told beside the floor: a loop of libfcgi alone that answers the same bytes' \
    "$a against $b ($(ratio "$a" "$b"))" yes

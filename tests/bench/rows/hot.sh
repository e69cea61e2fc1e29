# hot -- a file that nginx keeps, against nginx that has the file itself, sends
# the same headers, and logs in the same way.
hash=$(sha256sum <"$T/bare/4k.html")
cat >>"$T/nginx-more.conf" <<-EOC
	server {
		listen 127.0.0.1:$more;
		root $T/bare;
		server_tokens off;
		access_log $T/log/bare.log slipway_site buffer=64k flush=1s;
		etag off;
		open_file_cache max=1024 inactive=20s;
		open_file_cache_valid 10s;
		types { }
		default_type "text/html; charset=utf-8";
		add_header X-Content-Type-Options nosniff;
		add_header ETag '"$(printf %.32s "$hash")"';
		add_header Cache-Control "public, max-age=0, must-revalidate";
		add_header Vary Accept-Encoding;
	}
EOC
nginx_cache on
# headers PORT HOST: their names.
headers() {
	curl -sS -o /dev/null -D - -H "Host: $2" "http://127.0.0.1:$1/4k.html" |
	    sed -n 's/^\([A-Za-z-]*\):.*/\1/p' | tr A-Z a-z | sort | xargs
}
# From the cache, as what is measured.
headers "$port" "bench.localhost:$port" >/dev/null
x=$(headers "$port" "bench.localhost:$port") y=$(headers "$more" x)
[ "$x" = "$y" ] || say "the headers differ: $x; $y"
compare "http://127.0.0.1:$more/4k.html" "$site/4k.html"
r=$(ratio "$b" "$a")
line 'hot 4 KiB file through nginx and Slipway, against bare nginx with the same headers and log' '>= 0.9' \
    "$r ($b against $a requests/s)" "$(reached "$r >= 0.9")"

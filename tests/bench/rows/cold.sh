# cold -- without nginx's cache.
nginx_cache off
compare "http://127.0.0.1:$bare/4k.html" "$site/4k.html"
nginx_cache on
r=$(ratio "$b" "$a")
line 'every request through fcgi-serve' '>= 10,000 requests/s and >= 0.15 of bare nginx' \
    "$b requests/s, $r" "$(reached "$b >= 10000 && $r >= 0.15")"

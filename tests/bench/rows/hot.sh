# hot -- a file that nginx keeps.
compare "http://127.0.0.1:$bare/4k.html" "$site/4k.html"
r=$(ratio "$b" "$a")
line 'hot 4 KiB file through nginx and Slipway, against bare nginx' '>= 0.8' \
    "$r ($b against $a requests/s)" "$(reached "$r >= 0.8")"

# large -- what the kernel sends.
compare "http://127.0.0.1:$bare/8m.bin" "$site/8m.bin"
r=$(ratio "$b" "$a")
line '8 MiB file, against bare nginx' '>= 0.95' "$r ($b against $a files/s)" \
    "$(reached "$r >= 0.95")"

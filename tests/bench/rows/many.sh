# many -- a site of many files.
for n in 10 20000; do
	repo "many$n"
	for i in $(seq $n); do
		printf '<!doctype html><title>%d</title><p>%d, a page\n' "$i" "$i" >"$T/src/many$n/$i.html"
	done
	cp "$T/src/many$n/1.html" "$T/src/many$n/index.html"
	project "many$n"
	begin=$(ms)
	deployed "many$n"
	took=$(($(ms) - begin))
done
nginx_cache off
lua=$srcdir/tests/bench/random.lua
: >"$T/a"
: >"$T/b"
: >"$T/c"
for _ in $(seq "$RUNS"); do
	wrk_args=10
	rate "http://many10.localhost:$port/" -s "$lua" >>"$T/a"
	rate "http://many20000.localhost:$port/" -s "$lua" >>"$T/b"
	wrk_args=20000
	rate "http://many20000.localhost:$port/" -s "$lua" >>"$T/c"
done
wrk_args=
nginx_cache on
a=$(median <"$T/a") b=$(median <"$T/b") c=$(median <"$T/c")
r=$(ratio "$b" "$a")
line '20,000-file site: deploys, and serves at the rate of a 10-file site (the same ten pages, cache off)' \
    '>= 0.9' "deployed in $took ms; $r ($b against $a requests/s); all 20,000 pages at random $(ratio "$c" "$a")" \
    "$(reached "$r >= 0.9")"

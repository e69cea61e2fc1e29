# api -- the commonest question.
: >"$T/a"
: >"$T/b"
for _ in $(seq "$RUNS"); do
	become ann
	connections=32
	rate "http://localhost:$port/api/projects/bench" -H "Authorization: Bearer $token" >>"$T/a"
	connections=64
	awk '$1 == "99%" { v = $2; if (v ~ /us$/) v /= 1000; else if (v !~ /ms$/) v *= 1000; print v + 0 }' \
	    "$T/wrk" >>"$T/b"
done
a=$(median <"$T/a") b=$(median <"$T/b")
line 'GET /api/projects/:id, signed in, through nginx, 32 connections' \
    '>= 5,000 requests/s, p99 < 20 ms' "$a requests/s, p99 $b ms" "$(reached "$a >= 5000 && $b < 20")"

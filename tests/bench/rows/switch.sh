# switch -- from promotion until it is seen.
repo switch
for l in A B; do
	head -c 4096 /dev/zero | tr '\0' $l >"$T/src/switch/index.html"
	if [ $l = A ]; then project switch; else commit switch $l; fi
	deployed switch
	eval "dpl_$l=$deployment"
done
# shellcheck disable=SC2046,SC2154
set -- $("$hammer" "$port" "switch.localhost:$port" "$token" 100 "$dpl_A" "$dpl_B")
line 'promote until seen by a client that hammers the host, 100 switches' \
    'p99 <= 1.1 s, 0 failed or mixed answers' \
    "p50 $1 ms, p99 $2 ms, longest $3 ms; of $4 answers $5 failed, $6 mixed" \
    "$(reached "${2:-9999} <= 1100 && $5 == 0 && $6 == 0")"

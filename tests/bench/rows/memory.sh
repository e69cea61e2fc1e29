# memory -- of a server where nothing happens.
# As they come: the defaults.
stop builderd api serve
sed -i '/-workers /d; /build-slots /d' "$T/slipway.conf"
start api serve builderd
# Every worker has worked, and rests.
SECONDS_EACH=1
rate "http://localhost:$port/api/projects/bench" -H "Authorization: Bearer $token" >/dev/null
nginx_cache off
rate "http://bench.localhost:$port/4k.html" >/dev/null
pss=0
for s in api serve builderd; do
	for p in $(descend "$(pid_of $s)"); do
		k=$(awk '/^Pss:/ { print $2 }' "/proc/$p/smaps_rollup")
		pss=$((pss + k))
		say "$s $p: $k KiB"
	done
done
mib=$(awk -v k=$pss 'BEGIN { printf "%.1f", k / 1024 }')
line 'idle resident memory of fcgi-api, fcgi-serve and builderd, defaults (PSS)' '<= 40 MiB' \
    "$mib MiB" "$(reached "$mib <= 40")"

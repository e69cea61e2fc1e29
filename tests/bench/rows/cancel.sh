# cancel -- until nothing is left of a build that does not want to go.
repo stubborn
cat >"$T/src/stubborn/package.json" <<'EOP'
{"scripts":{"build":"echo begun; (setsid sh -c 'trap \"\" TERM; sleep 86.421; sleep 86.421' &); trap '' TERM; sleep 86.421"}}
EOP
project stubborn
: >"$T/a"
for _ in $(seq "$RUNS"); do
	api POST /api/projects/stubborn/deployments '{}'
	d=$(json .id)
	begun "$d"
	grep -qsz '86[.]421' /proc/[0-9]*/cmdline || say 'it does not run'
	begin=$(ms)
	api POST "/api/deployments/$d/cancel"
	while grep -qsz '86[.]421' /proc/[0-9]*/cmdline; do
		[ $(($(ms) - begin)) -lt 20000 ] || break
	done
	echo $(($(ms) - begin)) >>"$T/a"
	settle "$d"
	[ "$state" = canceled ] || say "canceled: $state"
done
worst=$(sort -g "$T/a" | tail -1)
line "cancel to no process left, the worst of $RUNS" '<= 2 s' "$worst ms" "$(reached "$worst <= 2000")"

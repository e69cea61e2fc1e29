# kill.sh -- anything may be killed during a deploy: the rows
# of $victims.  When it is back, the deployment ends
# by itself, and was published once.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd git nginx

account ann
repo site
cat >"$T/src/site/package.json" <<'EOP'
{"scripts":{"build":"echo begun; sleep 2; mkdir -p dist; echo ok >dist/index.html"}}
EOP
commit site Begin
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"

# Each row: what dies, and in which step.
while read -r victim step; do
	echo "$victim $step" >"$T/dist"
	api POST /api/projects/site/deployments '{}'
	d=$(json .id)
	[ "$status" = 202 ] || note "$status $body"
	if [ "$step" != queued ]; then
		after=0
		for i in $(seq 40); do
			api GET "/api/deployments/$d/logs?after=$after&wait=5"
			[ "$(json .done)" != true ] || break
			json '.lines[].line' | grep -qx begun && break
			[ "$step" = build ] || [ "$(json .step)" != "$step" ] || break
			after=$(json .last)
		done
	fi
	kill_hard "$victim"
	start "$victim"
	settle "$d"
	like "$state" '^(ready|failed)$' "$victim dies ($step): it ends by itself"
	[ "$victim" = redis ] && is "$state" ready "$victim is only the bell"
	is "$(db "SELECT count(*) FROM audit_log WHERE object = '$d' AND action = 'deployments.update'
	    AND detail @> '{\"changed\": [\"manifest\"]}'")" \
	    "$([ "$state" = ready ] && echo 1 || echo 0)" 'published once'
done <<EOR
$victims
EOR
is "$(db "SELECT count(*) FROM deployments WHERE state NOT IN ('ready', 'failed', 'superseded')")" 0 'none is stuck'
deploy site
is "$state" ready 'and all is well'
site site /
is "$body" ok 'and live'
stop builderd
is "$(grep -lsz "$T" /proc/[0-9]*/cmdline | xargs -r -n1 dirname | xargs -r -n1 basename | while read -r p; do
	tr '\0' ' ' <"/proc/$p/cmdline"; done | grep -c crun)" 0 'no cage is left'
is "$(grep -c "$T/state" /proc/self/mountinfo)" 0 'no mount is left'

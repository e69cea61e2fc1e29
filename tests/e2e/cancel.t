#!/bin/sh
# Cancelling: nothing of it runs on, and the next one is built.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd git nginx

account ann
repo slow
cat >"$T/src/slow/package.json" <<'EOP'
{"scripts":{"build":"echo begun; (setsid sleep 98765 &) ; trap '' TERM; sleep 98765"}}
EOP
commit slow Begin
api POST /api/projects "{\"slug\":\"slow\",\"repo\":\"$repo\"}"
api POST /api/projects/slow/deployments '{}'
d=$(json .id)

begun "$d"
like "$(json '.lines[].line')" begun 'it runs'
running() {
	grep -lsz "9876[5]" /proc/[0-9]*/cmdline | wc -l
}
isnt "$(running)" 0 'as a process'

api POST /api/projects/slow/deployments '{}'
next=$(json .id)
begin=$(date +%s)
api POST "/api/deployments/$d/cancel"
is "$status" 202 'cancel'
settle "$d"
is "$state" canceled 'canceled'
is "$(running)" 0 'no process is left'
soon=15
[ -z "$SLIPWAY_VM" ] || soon=150 # an emulated processor
ok 'soon' test $(($(date +%s) - begin)) -lt $soon
api POST "/api/deployments/$next/cancel"
is "$status" 202 'the one that waited too'
settle "$next"
is "$state" canceled 'canceled'
is "$(mountpoints=$(grep -c "$T" /proc/self/mountinfo); echo "$mountpoints")" 0 'no mount either'
api POST "/api/deployments/$d/cancel"
is "$status" 409 'what has ended cannot be cancelled'
api GET "/api/deployments/$d"
is "$(json .state)" canceled 'and stays what it was'

echo '<h1>quick</h1>' >"$T/src/slow/index.html"
rm "$T/src/slow/package.json"
commit slow Mend
deploy slow
is "$state" ready 'the next one is built'

#!/bin/sh
# The queue, asked as builders ask it: who is next, how many run, what a newer
# push ends, and which ways a deployment can go.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres

# queue SQL: as builderd's role; build SQL: as a build's.
queue() {
	psql -X -q -A -t -F ' ' -h "$T/run" -U "${role:-slipway_queue}" -d slipway -c "$1" 2>&1
}
build() {
	role=slipway_build queue "$1"
}
# ask PROJECT TARGET [REF]: queues one; prints its id.
ask() {
	db "SELECT deployment_create(id, '$2', 'git', '${3:-main}', 'branch', NULL, NULL)
	    FROM projects WHERE slug = '$1'"
}
# claim [WHO]: prints the project that was claimed; $fence and $id are kept.
claim() {
	set -- $(queue "SELECT id, fence, slug FROM build_claim('${1:-b:1:0}', '30 s', sha256('key'))")
	id=$1 fence=$2 slug=$3
}
end() {
	queue "SELECT build_end('$id', $fence, '$1', '$2', 'why', '{}')"
}
state_of() {
	db "SELECT state FROM deployments WHERE id = '$1'"
}
# why: what those that wait do so for, as operators see it, the oldest first.
why() {
	db "SELECT why FROM admin.waiting"
}
fresh() {
	db 'DELETE FROM teams; DELETE FROM builders'
	db "INSERT INTO teams (slug, name, max_running) SELECT t, t, 100 FROM unnest('{a,b,c}'::text[]) t;
	    INSERT INTO projects (team_id, slug, repo, max_running)
	    SELECT id, slug || n, 'https://example.org/x', 100 FROM teams, generate_series(1, 3) n"
}

# ---- transitions: each pair of states, the table's alone ---------------------
fresh
bad=
ways=$(db "SELECT from_state || ' ' || to_state FROM deployment_transitions")
states='queued building ready failed superseded canceling canceled'
for from in $states; do
	for to in $states; do
		[ "$from" != "$to" ] || continue
		can=$(printf '%s\n' "$ways" | grep -cx "$from $to")
		did=$(db "BEGIN; SET session_replication_role = replica;
		    INSERT INTO deployments (id, team_id, project_id, seq, target, source, state, lease_until,
			team_slot, project_slot, manifest)
		    SELECT 'dpl_x', team_id, id, 99, 'preview', 'git', '$from', l, n, n, repeat('a', 64)
		      FROM projects, (SELECT CASE WHEN '$from' IN ('building', 'canceling') THEN now() END,
			CASE WHEN '$from' IN ('building', 'canceling') THEN 1 END) x (l, n) WHERE slug = 'a1';
		    SET session_replication_role = origin;
		    UPDATE deployments SET state = '$to', lease_until = CASE WHEN '$to' IN ('building', 'canceling')
			THEN now() END WHERE id = 'dpl_x'; SELECT 'went'; ROLLBACK" 2>&1 | grep -c went)
		[ "$can" = "$did" ] || bad="$bad $from-$to"
	done
done
is "$bad" '' 'a deployment goes the ways of the table, and no other'
like "$(db "INSERT INTO deployments (team_id, project_id, seq, target, source, state)
    SELECT team_id, id, 98, 'preview', 'git', 'canceled' FROM projects WHERE slug = 'a1'" 2>&1)" \
    'new does not become canceled' 'nor does a new one'

# ---- turns --------------------------------------------------------------------
# order N: who is claimed, N times, with nothing ended.
order() {
	got=
	for i in $(seq "$1"); do
		claim
		got="$got $slug"
	done
	echo "$got"
}
fresh
for i in 1 2 3 4 5 6; do ask a1 preview "r$i" >/dev/null; done
for i in 1 2 3; do ask b1 preview "r$i" >/dev/null; done
is "$(order 6 | tr ' ' '\n' | sort | uniq -c | awk '{ print $2 $1 }' | xargs)" '1 a13 b13' 'two teams take turns'
ask c1 preview >/dev/null
ask c1 preview r2 >/dev/null
is "$(order 1)" ' c1' 'one that comes later is next'
is "$(order 3 | tr ' ' '\n' | sort | uniq -c | awk '{ print $2 $1 }' | xargs)" '1 a12 c11' 'and has saved up nothing'

fresh
db "UPDATE teams SET weight = 3 WHERE slug = 'a'"
for i in 1 2 3 4 5 6 7 8; do ask a1 preview "r$i" >/dev/null; ask b1 preview "r$i" >/dev/null; done
is "$(order 8 | tr ' ' '\n' | grep -c a1)" 6 'a team of weight 3 gets three times as much'

fresh
ask a1 preview >/dev/null
ask a2 production >/dev/null
ask b1 preview >/dev/null
ask c1 production >/dev/null
is "$(order 2 | tr ' ' '\n' | sort | xargs)" 'a2 c1' 'production first, within a team and among teams'
fresh
ask a1 preview >/dev/null
db "UPDATE deployments SET created_at = now() - interval '11 minutes'; SELECT turn_note(team_id) FROM turns" >/dev/null
ask a2 production >/dev/null
is "$(order 1)" ' a1' 'a preview that waited ten minutes is as urgent, and older'
fresh
ask a1 development >/dev/null
ask b1 production >/dev/null
is "$(order 2)" ' b1 a1' 'a development deployment counts as a preview'

# ---- caps -----------------------------------------------------------------------
fresh
db "UPDATE teams SET max_running = 2 WHERE slug = 'a'; UPDATE projects SET max_running = 1 WHERE slug = 'a1'"
ask a1 preview r1 >/dev/null
ask a1 preview r2 >/dev/null
ask a2 preview r1 >/dev/null
ask a3 preview r1 >/dev/null
is "$(order 1) $(why | head -1)" ' a1 the project builds 1 at a time, which is its limit' 'no more than the project may'
is "$(order 2)" ' a2 ' 'nor than the team'
is "$(why | uniq)" 'the team builds 2 at a time, which is its limit' 'and who waits is told'
prepare
ctl() {
	"$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" -d "host=$T/run user=postgres dbname=slipway" "$@"
}
out=$(ctl queue)
like "$out" '^  a +2 +2 +2 ' 'slipwayctl queue: the team'
like "$out" 'a1 +preview +building .* b:1:0 ' 'what runs, and where'
like "$out" 'a1 +preview .*the team builds 2 at a time' 'what waits, and why'
like "$out" 'none is there' 'and that nobody builds'
is "$(ctl queue --json | jq -r '[(.teams | length), (.running | length), (.waiting | length), .waiting[0].why] | join(" ")')" \
    '1 2 2 the team builds 2 at a time, which is its limit' 'the same as JSON'
like "$(db "UPDATE deployments SET state = 'building', lease_until = now() WHERE state = 'queued'" 2>&1)" \
    'as many run' 'not even by hand'
is "$(db "SELECT string_agg(team_slot::text || project_slot, ' ' ORDER BY team_slot) FROM deployments
    WHERE state = 'building'")" '11 21' 'what runs has its slots'
like "$(db "UPDATE deployments SET team_slot = 1 WHERE team_slot = 2" 2>&1)" 'deployments_team_slot' \
    'and a slot has one'
db "UPDATE teams SET suspended_at = now()"
claim
is "$id" '' 'nothing of a suspended team'

fresh
queue "SELECT builder_alive('b:1', 2)" >/dev/null
for i in 1 2 3; do ask a1 preview "r$i" >/dev/null; done
is "$(order 2)" ' a1 ' 'the last slot is kept'
is "$(why)" 'the last free slot is kept for production
the last free slot is kept for production; builds of the team before it: 1' 'which is said'
ask b1 production >/dev/null
is "$(order 2)" ' b1 ' 'for production'
fresh
queue "SELECT builder_alive('b:1', 1)" >/dev/null
ask a1 preview >/dev/null
is "$(order 1)" ' a1' 'a server with one slot builds previews'
# One that takes nothing has no slot to keep, and its previews take none.
fresh
queue "SELECT builder_alive('b:1', 2), builder_alive('b:2', 2)" >/dev/null
for i in 1 2 3 4 5; do ask a1 preview "r$i" >/dev/null; done
claim b:2:0
claim b:2:1
queue "SELECT builder_alive('b:2', 2, 'full')" >/dev/null
is "$(order 2)" ' a1 ' 'of the slots of those that take builds one is kept'
queue "SELECT builder_alive('b:2', 2)" >/dev/null
is "$(order 1)" ' ' 'and of all when all do'
db "UPDATE deployments SET target = 'production' WHERE lease_owner = 'b:2:0'"
queue "SELECT builder_alive('b:2', 3)" >/dev/null
is "$(order 3)" ' a1 a1 ' 'each that is new counts'
fresh
ask a1 production r1 >/dev/null
ask a1 production r2 >/dev/null
is "$(why | uniq)" 'no builder is there' 'who waits for a builder'
queue "SELECT builder_alive('b:1', 1, 'full')" >/dev/null
is "$(why | uniq)" full 'or for one that takes nothing'
queue "SELECT builder_alive('b:2', 1)" >/dev/null
is "$(why | uniq)" 'its turn is next' 'while another does'
claim b:2:0
is "$(why)" 'all builders are busy' 'whose slots alone count'
queue "SELECT builder_alive('b:1', 1)" >/dev/null
is "$(why)" 'its turn is next' 'until it takes some again'
claim
end lost >/dev/null
is "$(why)" 'its builder was lost, and it is tried again soon' 'or for its next attempt'

# What is said of places is the order that claims have.
fresh
queue "SELECT builder_alive('b:1', 1)" >/dev/null
ask c1 production >/dev/null
claim
ask a1 preview r1 >/dev/null
ask a2 preview r2 >/dev/null
ask a3 production r3 >/dev/null
ask a1 preview r4 >/dev/null
ask a2 production r5 >/dev/null
ask a3 preview r6 >/dev/null
ask a3 preview r7 >/dev/null
ask b1 preview >/dev/null
db "UPDATE projects SET max_running = 1 WHERE slug = 'a1';
    UPDATE deployments SET created_at = now() - interval '11 minutes' WHERE ref IN ('r2', 'r7');
    UPDATE deployments SET created_at = now() - interval '12 minutes' WHERE ref = 'r6';
    UPDATE deployments SET not_before = now() + interval '1 hour' WHERE ref = 'r7';
    SELECT turn_note(team_id) FROM turns" >/dev/null
is "$(db "SELECT why FROM waiting JOIN deployments USING (id) WHERE ref IN ('r6', 'r4') ORDER BY ref DESC")" 'all builders are busy; other teams that wait: 1
all builders are busy; builds of the team before it: 5; other teams that wait: 1' 'the place in the queue'
places=$(db "SELECT string_agg(d.ref, ' ' ORDER BY coalesce(substring(w.why FROM 'before it: (.*);')::int, 0))
    FROM waiting w JOIN deployments d USING (id) JOIN teams t ON t.id = d.team_id
    WHERE t.slug = 'a' AND d.ref <> 'r7'")
got=
while claim && [ -n "$id" ]; do
	case $slug in a*) got="$got $(db "SELECT ref FROM deployments WHERE id = '$id'")" ;; esac
	[ "$slug" != a1 ] || end failed >/dev/null
done
is "$got" " $places" 'is that of the claims'

# ---- supersede -------------------------------------------------------------------
# newer CANCEL-RUNNING TARGET: what becomes of one that runs and one that waits.
newer() {
	fresh
	db "UPDATE projects SET cancel_running = '$1'"
	first=$(ask a1 "$2")
	claim
	second=$(ask a1 "$2")
	third=$(ask a1 "$2")
	other=$(ask a1 "$2" other)
	echo "$(state_of "$first") $(state_of "$second") $(state_of "$third") $(state_of "$other")"
}
while read -r mode target first; do
	is "$(newer "$mode" "$target")" "$first superseded queued queued" "$mode: a $target that runs is $first"
done <<'EOR'
auto preview canceling
auto development canceling
auto production building
always production canceling
always preview canceling
never preview building
EOR
newer auto preview >/dev/null
id=$(db "SELECT id FROM deployments WHERE state = 'canceling'")
fence=$(db "SELECT fence FROM deployments WHERE state = 'canceling'")
is "$(end canceled)" canceled 'it is canceled'
is "$(db "SELECT error_code FROM deployments WHERE id = '$id'")" superseded 'and says why'

# ---- ends ------------------------------------------------------------------------
fresh
ask a1 production >/dev/null
for i in 1 2 3; do
	db "UPDATE deployments SET not_before = now()"
	claim
	was=$fence
	begun=$(db 'SELECT now()')
	got="$(end lost)"
	[ $i = 3 ] || is "$got $(db "SELECT not_before - interval '$((2 << i)) s' BETWEEN '$begun' AND now()
	    FROM deployments")" 'queued t' "lost $i: back to the queue, later"
done
is "$got $(db "SELECT error_code FROM deployments")" 'failed builder_lost' 'lost three times: it fails'
is "$(end lost)" failed 'asked again, the same answer'
is "$(queue "SELECT build_end('$id', $((fence - 1)), 'failed', 'x', 'x', '{}')")" '' 'an old fence says nothing'
is "$(build "SELECT job.ready('$id', $((fence - 1)), 'key', repeat('a', 64), 1, 1, '{}')")" f 'nor publishes'
is "$(build "SELECT job.log('$id', $((fence - 1)), 'key', 1, '{1}', '{s}', '{out}', '{l}', NULL)")" f 'nor logs'
is "$(build "SELECT job.progress('$id', $((fence - 1)), 'key', 's', NULL, NULL, NULL, NULL, NULL)")" '' 'nor goes on'
is "$(queue "SELECT verdict FROM build_renew('{$id}', '{$((fence - 1))}', '30 s')")" lost 'nor renews'
fresh
ask a1 production >/dev/null
claim
is "$(end failed exit)" failed 'what does not work'
claim
is "$id" '' 'is not tried again'
ask a1 production >/dev/null
claim
is "$(end failed ignored) $(db "SELECT error_code FROM deployments WHERE state = 'canceled'")" \
    'canceled ignored' 'nothing to build: canceled'
one=$(ask a1 production)
for i in 1 2 3; do
	claim
	is "$id $(end lost internal)" "$one $([ $i = 3 ] && echo failed || echo queued)" "the server's own fault, attempt $i"
	db "UPDATE deployments SET not_before = 'epoch' WHERE id = '$id'"
done
is "$(db "SELECT error_code FROM deployments WHERE id = '$id'")" internal 'and the reason is kept'
ask a1 production >/dev/null
claim b:1:0
is "$(queue "SELECT state FROM build_unclaim('b:1:0')")" queued 'a claim nobody heard of is given back'
is "$(db "SELECT attempt FROM deployments WHERE state = 'queued'")" 0 'and was no attempt'
claim
lease=$(queue "SELECT until FROM build_leases() WHERE id = '$id'")
queue "SELECT build_renew('{$id}', '{$fence}', '30 s')" >/dev/null
is "$(queue "SELECT state FROM build_lost('{$id}', '{$fence}', '{\"$lease\"}')")" '' \
    'what was renewed meanwhile is not lost'
lease=$(queue "SELECT until FROM build_leases() WHERE id = '$id'")
is "$(queue "SELECT state FROM build_lost('{$id}', '{$fence}', '{\"$lease\"}')")" queued 'what was not is'
db "UPDATE deployments SET not_before = now() + interval '1 hour' WHERE id = '$id'"
queue "SELECT count(*) FROM build_leases()" >/dev/null
is "$(db "SELECT not_before <= now() FROM deployments WHERE id = '$id'")" t 'no clock that was set puts it off for long'
is "$(db "SELECT ready || ' ' || failed || ' ' || canceled || ' ' || lost FROM queue_counts")" '0 2 1 4' 'all is counted'

# metrics: of the teams of ann, who is in one.
metrics() {
	role=slipway_api queue "SELECT enter_user('usr_ann', 'ses_ann', 0, '', ''); SELECT team_metrics(false)"
}
fresh
db "INSERT INTO users (id, email, password_hash) VALUES ('usr_ann', 'ann@example.org', 'x');
    INSERT INTO sessions (id, user_id, expires_at) VALUES ('ses_ann', 'usr_ann', now() + interval '1 day');
    INSERT INTO team_members SELECT id, 'usr_ann', 'owner' FROM teams WHERE slug = 'a'"
is "$(db 'SELECT team_metrics(true)')" '' 'no team has a metric before it builds'
for p in a1 a1 b1; do
	ask $p production >/dev/null
	claim
	end failed internal >/dev/null
done
db "UPDATE queue_counts SET waited_seconds = 7 * failed, ran_seconds = 5 * failed"
is "$(db 'SELECT team_metrics(true)' | grep -v '^#' | xargs)" \
    'slipway_team_run_seconds_sum{team=a} 10 slipway_team_run_seconds_count{team=a} 2 slipway_team_run_seconds_sum{team=b} 5 slipway_team_run_seconds_count{team=b} 1 slipway_team_wait_seconds_sum{team=a} 14 slipway_team_wait_seconds_count{team=a} 2 slipway_team_wait_seconds_sum{team=b} 7 slipway_team_wait_seconds_count{team=b} 1' \
    'each team has how long its builds waited and ran'
out=$(metrics)
like "$out" '^slipway_team_wait_seconds_count[{]team="a"[}] 2$' 'who is in one sees that'
unlike "$out" 'team="b"' 'and no other'
for p in a1 b1; do
	id=$(ask $p production)
	out=$(role=slipway_api queue "SELECT enter_user('usr_ann', 'ses_ann', 0, '', '');
	    SELECT coalesce(waiting_for('$id'), 'no word')")
	is "$(echo "$out" | tail -1)" "$([ $p = a1 ] && echo no builder is there || echo no word)" "what $p waits for"
	claim
done

# ---- promotion ---------------------------------------------------------------------
fresh
db "UPDATE projects SET cancel_running = 'never'"
one=$(ask a1 production)
claim
f1=$fence
two=$(ask a1 production)
claim
f2=$fence
ready() {
	build "SELECT job.ready('$1', $2, 'key', repeat('a', 64), 1, 1, '{}')"
}
is "$(ready "$two" "$f2")$(ready "$one" "$f1")" tt 'the older ends later'
is "$(db "SELECT live_deployment FROM projects WHERE slug = 'a1'")" "$two" 'the newer stays live'
is "$(ready "$one" "$f1")" t 'asked again, the same answer'
# A newer preview was promoted meanwhile.
one=$(ask a1 production)
claim
f1=$fence
two=$(ask a1 preview)
claim
ready "$two" "$fence" >/dev/null
db "SELECT deployment_promote('$two')" >/dev/null
is "$(ready "$one" "$f1")" t 'production ends after a newer preview was promoted'
is "$(db "SELECT live_deployment FROM projects WHERE slug = 'a1'")" "$two" 'and does not take its place'
# Both at once: neither sees the other's end.
one=$(ask a1 production)
claim
f1=$fence
two=$(ask a1 production)
claim
f2=$fence
mkfifo "$T/fifo"
psql -X -q -A -t -h "$T/run" -U slipway_build -d slipway <"$T/fifo" >"$T/log/one.log" 2>&1 &
exec 8>"$T/fifo"
echo "BEGIN; SELECT job.ready('$two', $f2, 'key', repeat('a', 64), 1, 1, '{}');" >&8
soon
until grep -q t "$T/log/one.log" || late; do :; done
ready "$one" "$f1" >/dev/null &
later=$!
soon
until [ "$(db "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'slipway_build'")" = 1 ] ||
    late; do :; done
echo 'COMMIT;' >&8
exec 8>&-
wait $later
is "$(db "SELECT live_deployment FROM projects WHERE slug = 'a1'")" "$two" 'also when both end at once'

# ---- many at once ------------------------------------------------------------------
fresh
db "UPDATE teams SET max_running = 3; UPDATE projects SET max_running = 2"
db "INSERT INTO deployments (team_id, project_id, seq, target, source)
    SELECT team_id, id, n, CASE WHEN n % 3 = 0 THEN 'production' ELSE 'preview' END, 'git'
      FROM projects, generate_series(100, 140) n"
cat >"$T/storm.sql" <<'EOS'
SELECT coalesce(min(id), 'none') AS id, coalesce(min(fence), 0) AS fence
  FROM build_claim('b:' || :client_id || ':0', '30 s', sha256('key')) \gset
SELECT build_end(:id, :fence, CASE WHEN random() < 0.2 THEN 'released' ELSE 'failed' END, 'x', 'x', '{}');
EOS
"$PG_BIN/pgbench" -n -h "$T/run" -U slipway_queue -d slipway -c 8 -j 1 -t 100 -M prepared \
    -f "$T/storm.sql" >"$T/log/storm.log" 2>&1
is "$(grep -c 'processed: 800/800' "$T/log/storm.log")" 1 'eight builders at once: none fails'
is "$(db "SELECT count(*) FROM deployments WHERE state <> 'failed'")" 0 'and all is built'
is "$(db "SELECT count(*) FROM turns WHERE production OR preview_since IS NOT NULL")" 0 'no turn is left'

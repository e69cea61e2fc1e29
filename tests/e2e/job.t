#!/bin/sh
# What a process that builds can do in the database, had a stranger's repository
# taken it over: say something of its own attempt, and nothing else.  SEC-31
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres

# build SQL: as such a process.
build() {
	psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 -h "$T/run" -U slipway_build -d slipway -c "$1" 2>&1
}
db "INSERT INTO teams (id, slug, name, max_running) VALUES ('team_a', 'a', 'A', 9), ('team_b', 'b', 'B', 9);
    INSERT INTO projects (id, team_id, slug, repo) VALUES
	('prj_a', 'team_a', 'shop', 'https://example.org/a'), ('prj_b', 'team_b', 'blog', 'https://example.org/b');
    INSERT INTO environment_variables (team_id, project_id, name, target, sealed) VALUES
	('team_a', 'prj_a', 'K', 'production', 'a-production'), ('team_a', 'prj_a', 'K', 'preview', 'a-preview'),
	('team_b', 'prj_b', 'K', 'production', 'b-production');
    INSERT INTO git_credentials (team_id, project_id, kind, origin, username, sealed) VALUES
	('team_a', 'prj_a', 'token', 'https://a.example:443', 'x', 'a-token'),
	('team_b', 'prj_b', 'token', 'https://b.example:443', 'x', 'b-token');
    INSERT INTO known_hosts (team_id, host, port, key_type, fingerprint, deployment_id) VALUES
	('team_a', 'a.example', 22, 'rsa', 'SHA256:' || repeat('a', 43), 'dpl_a'),
	('team_b', 'b.example', 22, 'rsa', 'SHA256:' || repeat('b', 43), 'dpl_b');
    INSERT INTO project_hooks (team_id, project_id, url, sealed) VALUES ('team_a', 'prj_a', 'https://a.example/', 'x')"
# queued ID TEAM PROJECT SEQ
queued() {
	db "INSERT INTO deployments (id, team_id, project_id, seq, target, source, ref_kind)
	    VALUES ('$1', '$2', '$3', $4, 'production', 'git', 'branch')"
}
# claim KEY: as the loop does; $id and $fence are kept.
claim() {
	set -- $(psql -X -q -A -t -F ' ' -h "$T/run" -U slipway_queue -d slipway \
	    -c "SELECT id, fence FROM build_claim('b:1:0', '1 hour', sha256('$1'))")
	id=$1 fence=$2
}
queued dpl_b team_b prj_b 1
claim kb
b="'dpl_b', $fence"
queued dpl_a team_a prj_a 1
claim ka
a="'dpl_a', $fence" old="'dpl_a', $((fence - 1))"

# ---- the role ---------------------------------------------------------------
is "$(db "SELECT string_agg(p.oid::regprocedure::text, ' ' ORDER BY p.oid::regprocedure::text COLLATE \"C\")
    FROM pg_proc p WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
     AND has_function_privilege('slipway_build', p.oid, 'EXECUTE')" | sed 's/([^)]*)//g')" \
    'job.ended job.hosts job.log job.met job.progress job.ready job.room job.secrets job.settings job.variables' \
    'it may call these functions and no other'
is "$(db "SELECT count(*) FROM pg_proc WHERE pronamespace = 'job'::regnamespace
    AND proargnames[1:3] <> '{deployment,f,secret}'")" 0 'each of which wants deployment, fence and secret'
relations=$(db "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')")
for r in $relations; do
	printf '%s\n' "SELECT * FROM $r;" "INSERT INTO $r DEFAULT VALUES;" "DELETE FROM $r;" "TRUNCATE $r;" \
	    "COPY $r TO STDOUT;"
done >"$T/try.sql"
psql -X -q -A -t -h "$T/run" -U slipway_build -d slipway -f "$T/try.sql" >"$T/tried" 2>&1
is "$(grep -c 'ERROR' "$T/tried") $(grep -c 'ERROR: *permission denied' "$T/tried")" \
    "$(wc -l <"$T/try.sql") $(wc -l <"$T/try.sql")" 'no table, view or sequence can be read or written'
is "$(db "SELECT string_agg(c.oid::regclass::text, ' ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND (has_table_privilege('slipway_build', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
	OR has_any_column_privilege('slipway_build', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))")" '' \
    'nor would a way into their schemas help'
is "$(db "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid IN (m.member, m.roleid)
    WHERE r.rolname = 'slipway_build'")" 0 'it is a member of nothing'
for s in 'SET ROLE slipway_queue' 'SET SESSION AUTHORIZATION slipway_queue' 'CREATE TABLE public.mine ()' \
    'CREATE TABLE job.mine ()' 'CREATE SCHEMA mine' "SELECT public.build_claim('x', '1 s', NULL)" \
    "SELECT public.build_end('dpl_b', 1, 'failed')" "SELECT pg_read_file('PG_VERSION')"; do
	like "$(build "$s")" 'permission denied|must be superuser' "it may not: $s"
done

# ---- what is its own --------------------------------------------------------
is "$(build "SELECT project_id, team_id, target, repo FROM job.settings($a, 'ka')")" \
    'prj_a team_a production ' 'settings'
is "$(build "SELECT name, convert_from(sealed, 'UTF8') FROM job.variables($a, 'ka')")" 'K a-production' \
    'variables, for its target'
is "$(build "SELECT convert_from(sealed, 'UTF8') FROM job.secrets($a, 'ka')")" a-token 'secrets'
is "$(build "SELECT host FROM job.hosts($a, 'ka') WHERE NOT pinned")" a.example 'hosts'
is "$(build "SELECT job.met($a, 'ka', 'new.example', 22, 'rsa', 'SHA256:' || repeat('n', 43))")" learnt 'a host that it met'
is "$(build "SELECT job.progress($a, 'ka', 'fetch', repeat('c', 40), NULL, NULL, NULL, NULL)")" t 'how far it is'
is "$(build "SELECT job.log($a, 'ka', 1, '{1}', '{fetch}', '{out}', '{hello}', NULL)")" t 'lines'
is "$(build "SELECT job.room($a, 'ka', 1, 1) = ''")" t 'whether there is room'
is "$(db "SELECT d.step, left(d.commit_sha, 2), l.line FROM deployments d JOIN build_logs l ON l.deployment_id = d.id")" \
    'fetch|cc|hello' 'which are kept'

# ---- what is not ------------------------------------------------------------
# @ is the attempt.
cat >"$T/calls" <<'EOC'
SELECT * FROM job.settings(@)
SELECT * FROM job.variables(@)
SELECT * FROM job.secrets(@)
SELECT * FROM job.hosts(@)
SELECT job.met(@, 'evil.example', 22, 'rsa', 'SHA256:' || repeat('e', 43))
SELECT job.progress(@, 'evil', repeat('e', 40), 'evil', 'evil', 'evil', 'evil')
SELECT job.log(@, 2, '{1}', '{evil}', '{out}', '{evil}', NULL)
SELECT job.room(@, 1, 1)
SELECT job.ready(@, repeat('e', 64), 1, 1, '{}')
SELECT job.ended(@, 'failed', 'evil', 'evil', '{}') IN ('failed', 'canceled')
SELECT job.ended(@, 'lost', '', '', '{}')
EOC
everything() {
	db "SELECT md5(string_agg(query_to_xml(format('SELECT * FROM %s t ORDER BY t::text', c.oid::regclass),
		true, true, '')::text, '' ORDER BY c.oid)) FROM pg_class c
	    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
}
# nothing ATTEMPT DESCRIPTION: no call gives anything, or changes anything.
nothing() {
	was=$(everything)
	psql -X -q -A -t -h "$T/run" -U slipway_build -d slipway >"$T/got" 2>&1 <<-EOC
		$(sed "s/@/$1/; s/\$/;/" "$T/calls")
	EOC
	is "$(grep -vx f "$T/got" | tr -d '\n') $(everything)" " $was" "$2"
}
is "$(grep -o 'job\.[a-z]*' "$T/calls" | sort -u | tr '\n' ' ')" \
    "$(db "SELECT DISTINCT 'job.' || proname FROM pg_proc WHERE pronamespace = 'job'::regnamespace ORDER BY 1" | tr '\n' ' ')" \
    'each function is tried'
nothing "$b, 'ka'" "another team's deployment"
nothing "$a, 'kb'" 'another secret'
nothing "$a, sha256('ka')" 'the hash, as the row has it'
nothing "$a, ''" 'no secret'
nothing "$a, NULL" 'nor null'
nothing "$old, 'ka'" 'an old fence'
nothing "NULL, NULL, NULL" 'nothing at all'
is "$(build "SELECT job.ended($a, 'ka', 'canceled', NULL, NULL, NULL)")$(build "SELECT job.ended($a, 'ka', 'released', NULL, NULL, NULL)")" '' \
    'that it was canceled or given back is not its to say'
is "$(db "SELECT state FROM deployments WHERE id = 'dpl_a'")" building 'so it is not'

# ---- when the attempt is over -----------------------------------------------
# It is lost: until another begins, and then too.
is "$(build "SELECT job.ended($a, 'ka', 'lost', '', '', '{}')")" queued 'its builder is to blame'
sed -i '/job.ended/d' "$T/calls" # which is answered as before
nothing "$a, 'ka'" 'a secret is void when its attempt has ended'
is "$(build "SELECT job.ended($a, 'ka', 'failed', 'evil', 'evil', '{}')")" queued 'the last word stays'
db "UPDATE deployments SET not_before = 'epoch' WHERE id = 'dpl_a'"
claim k2
is "$id" dpl_a 'another attempt'
nothing "$a, 'ka'" 'it is not revived by that'
nothing "'dpl_a', $fence, 'ka'" 'nor good for that'
a="'dpl_a', $fence"
is "$(build "SET slipway.\"user\" = 'usr_x'; SELECT job.ready($a, 'k2', repeat('a', 64), 1, 1, '{}')")" t \
    'which is published by its own'
is "$(db "SELECT actor FROM audit_log WHERE object = 'dpl_a' ORDER BY id DESC LIMIT 1")" slipway_build \
    'in no other name'
is "$(build "SELECT job.ready($a, 'k2', repeat('a', 64), 1, 1, '{}')")" t 'asked again, the same answer'
is "$(build "SELECT job.ready($a, 'k2', repeat('e', 64), 1, 1, '{}')")" f 'and no other after that'
is "$(build "SELECT job.ended($a, 'k2', 'failed', 'evil', 'evil', '{}')")" ready 'nor does it fail'
nothing "$a, 'k2'" 'and then that one is void'
is "$(db "SELECT state FROM outbox ORDER BY id" | tr '\n' ' ')" 'queued building queued building ready ' \
    'hooks hear of all of it'
is "$(build "SELECT job.progress($b, 'kb', 'fetch', NULL, NULL, NULL, NULL, NULL)")" t "the other team's goes on"

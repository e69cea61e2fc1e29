#!/bin/sh
# The second wall: what each program's role can reach, with the first wall
# (what the programs ask for) left out.  SEC-31
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres

# q ROLE SQL: as a program would be, had somebody taken it over.
q() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$T/run" -U "$1" -d slipway \
	    -c "$2" 2>&1 | tr '\n' ' ' | sed 's/ $//'
}
refused() {
	like "$(q "$1" "$2")" 'permission denied' "$1 may not: $2"
}
as_ann() {
	psql -X -q -A -t -h "$T/run" -U slipway_api -d slipway 2>&1 <<-EOC | tr '\n' ' ' | sed 's/ $//'
		BEGIN;
		SELECT enter_user('${2:-usr_ann}', 'ses' || substr('${2:-usr_ann}', 4), 0, '', '') \g /dev/null
		$1
	EOC
}

db "INSERT INTO users (id, email, password_hash) VALUES
	('usr_ann', 'ann@example.org', 'canary-hash'), ('usr_bob', 'bob@example.org', 'canary-hash'),
	('usr_eve', 'eve@example.org', 'canary-hash');
    INSERT INTO sessions (id, user_id, expires_at)
	SELECT 'ses' || substr(id, 4), id, now() + interval '1 day' FROM users;
    INSERT INTO teams (id, slug, name) VALUES ('team_a', 'a', 'A'), ('team_b', 'b', 'B');
    INSERT INTO team_members VALUES ('team_a', 'usr_ann', 'owner'), ('team_b', 'usr_bob', 'owner'),
	('team_a', 'usr_eve', 'viewer');
    INSERT INTO projects (id, team_id, slug, repo) VALUES
	('prj_a', 'team_a', 'shop', 'https://example.org/a'), ('prj_b', 'team_b', 'blog', 'https://example.org/b');
    INSERT INTO environment_variables (id, team_id, project_id, name, target, sealed) VALUES
	('env_a', 'team_a', 'prj_a', 'K', 'production', 'canary'), ('env_b', 'team_b', 'prj_b', 'K', 'production', 'canary');
    INSERT INTO uploads (id, team_id, project_id, files, bytes) VALUES
	('upl_a', 'team_a', 'prj_a', 1, 1), ('upl_b', 'team_b', 'prj_b', 1, 1);
    INSERT INTO project_hooks (id, team_id, project_id, url, sealed) VALUES
	('hok_a', 'team_a', 'prj_a', 'https://a.example/', 'canary'), ('hok_b', 'team_b', 'prj_b', 'https://b.example/', 'canary');
    INSERT INTO protections (project_id, team_id, hosts, password_hash, cookie_key) VALUES
	('prj_a', 'team_a', 'all', 'canary', sha256('canary-a')), ('prj_b', 'team_b', 'all', 'canary', sha256('canary-b'));
    INSERT INTO protection_tokens (id, team_id, project_id, name, hash) VALUES
	('ptk_a', 'team_a', 'prj_a', 't', sha256('c')), ('ptk_b', 'team_b', 'prj_b', 't', sha256('d'));
    INSERT INTO deployments (id, team_id, project_id, seq, target, source, ref_kind) VALUES
	('dpl_a', 'team_a', 'prj_a', 1, 'production', 'git', 'branch'),
	('dpl_b', 'team_b', 'prj_b', 1, 'production', 'git', 'branch');
    INSERT INTO storage (team_id, project_id, files, bytes, stored) VALUES
	('team_a', 'prj_a', 1, 1, 1), ('team_b', 'prj_b', 1, 1, 1);
    INSERT INTO queue_counts (team_id) VALUES ('team_a'), ('team_b');
    INSERT INTO build_logs VALUES ('dpl_a', 1, 1, 'team_a', now(), 's', 'out', 'a'),
	('dpl_b', 1, 1, 'team_b', now(), 's', 'out', 'b');
    INSERT INTO aliases (id, team_id, project_id, label, deployment_id) VALUES
	('als_a', 'team_a', 'prj_a', 'x', 'dpl_a'), ('als_b', 'team_b', 'prj_b', 'x', 'dpl_b');
    INSERT INTO domains (id, team_id, project_id, host) VALUES
	('dom_a', 'team_a', 'prj_a', 'a.example'), ('dom_b', 'team_b', 'prj_b', 'b.example');
    INSERT INTO api_tokens (id, user_id, team_id, name, hash, scope, expires_at) VALUES
	('tok_a', 'usr_ann', 'team_a', 't', sha256('a'), 'admin', now() + '1 day'),
	('tok_b', 'usr_bob', 'team_b', 't', sha256('b'), 'admin', now() + '1 day');
    INSERT INTO git_credentials (id, team_id, project_id, kind, origin, username, sealed) VALUES
	('cred_a', 'team_a', 'prj_a', 'token', 'https://a.example:443', 'x', 'canary'),
	('cred_b', 'team_b', 'prj_b', 'token', 'https://a.example:443', 'x', 'canary');
    INSERT INTO known_hosts (id, team_id, host, port, key_type, fingerprint, deployment_id) VALUES
	('kh_a', 'team_a', 'a.example', 22, 'rsa', 'SHA256:' || repeat('a', 43), 'dpl_a'),
	('kh_b', 'team_b', 'a.example', 22, 'rsa', 'SHA256:' || repeat('b', 43), 'dpl_b')" >"$T/log/seed.log" || exit 99

# Every table with a team, without any WHERE: one's own rows and no other.
for t in $(db "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'team_id'
    AND c.relname <> 'audit_log' ORDER BY 1"); do
	is "$(as_ann "SELECT DISTINCT team_id FROM $t;")" team_a "$t: ann sees her own"
	is "$(q slipway_api "SELECT count(*) FROM $t WHERE team_id IS NOT NULL")" 0 "$t: nobody sees nothing"
done
is "$(as_ann 'SELECT slug FROM teams;')" a 'teams: the same'
is "$(as_ann 'SELECT email FROM users;')" ann@example.org 'users: oneself'

# Writing to another's.
for s in "UPDATE projects SET repo = 'x' WHERE id = 'prj_b' RETURNING id" \
    "DELETE FROM projects WHERE id = 'prj_b' RETURNING id" \
    "DELETE FROM environment_variables WHERE id = 'env_b' RETURNING id" \
    "UPDATE environment_variables SET sealed = 'x' WHERE id = 'env_b' RETURNING id" \
    "UPDATE git_credentials SET origin = 'https://evil.example:443' WHERE id = 'cred_b' RETURNING id" \
    "DELETE FROM git_credentials WHERE id = 'cred_b' RETURNING id" \
    "DELETE FROM known_hosts WHERE id = 'kh_b' RETURNING id" \
    "UPDATE aliases SET deployment_id = 'dpl_a' WHERE id = 'als_b' RETURNING id" \
    "UPDATE protections SET hosts = 'previews' WHERE project_id = 'prj_b' RETURNING project_id" \
    "DELETE FROM protections WHERE project_id = 'prj_b' RETURNING project_id" \
    "DELETE FROM protection_tokens WHERE id = 'ptk_b' RETURNING id" \
    "DELETE FROM domains WHERE id = 'dom_b' RETURNING id" \
    "UPDATE api_tokens SET revoked_at = now() WHERE id = 'tok_b' RETURNING id"; do
	is "$(as_ann "$s;")" '' "no row: $s"
done
like "$(as_ann "INSERT INTO projects (team_id, slug) VALUES ('team_b', 'mine');")" \
    'row-level security' 'no project in another team'
like "$(as_ann "SELECT deployment_create('prj_b', 'production', 'git', '', 'branch', NULL, NULL);")" \
    'no such project' 'no deployment there'
like "$(as_ann "SELECT deployment_promote('dpl_b');")" 'no such deployment' 'no promotion'
like "$(as_ann "SELECT deployment_cancel('dpl_b');")" 'no such deployment' 'no cancelling'

# Nor is a row hers that hangs from what is another's.
for s in "protection_tokens (team_id, project_id, name, hash) VALUES ('team_a', 'prj_b', 't', sha256('x'))" \
    "environment_variables (team_id, project_id, name, target, sealed) VALUES ('team_a', 'prj_b', 'N', 'production', 'x')" \
    "uploads (team_id, project_id, files, bytes) VALUES ('team_a', 'prj_b', 1, 1)" \
    "domains (team_id, project_id, host) VALUES ('team_a', 'prj_b', 'evil.example')" \
    "aliases (team_id, project_id, label, deployment_id) VALUES ('team_a', 'prj_b', 'evil', 'dpl_b')" \
    "aliases (team_id, project_id, label, deployment_id) VALUES ('team_a', 'prj_a', 'evil', 'dpl_b')"; do
	like "$(as_ann "INSERT INTO $s;")" 'foreign key' "not $s"
done

# A viewer looks.
is "$(as_ann "SELECT count(*) FROM projects;" usr_eve)" 1 'a viewer sees'
is "$(as_ann "UPDATE projects SET repo = 'x' RETURNING id;" usr_eve)" '' 'and changes nothing'
like "$(as_ann "SELECT deployment_create('prj_a', 'production', 'git', '', 'branch', NULL, NULL);" usr_eve)" \
    'no such project' 'and deploys nothing'

# Columns and tables that a role has no business with.
refused slipway_api 'SELECT password_hash FROM users'
refused slipway_api 'SELECT sealed FROM environment_variables'
refused slipway_api 'SELECT sealed FROM git_credentials'
refused slipway_api "SELECT source_secrets('dpl_a', 1)"
refused slipway_api "INSERT INTO known_hosts (team_id, host, port, key_type, fingerprint, deployment_id) VALUES ('team_a', 'b.example', 22, 'rsa', 'SHA256:' || repeat('a', 43), 'dpl_a')"
refused slipway_api "UPDATE known_hosts SET fingerprint = 'SHA256:' || repeat('c', 43)"
refused slipway_api "DELETE FROM pinned_hosts"
refused slipway_api 'SELECT sealed FROM project_hooks'
refused slipway_api 'SELECT hash FROM api_tokens'
refused slipway_api "UPDATE storage SET bytes = 0"
refused slipway_api "SELECT storage_note('team_a', NULL, 0, 0, 0)"
refused slipway_api 'SELECT password_hash FROM protections'
refused slipway_api 'SELECT cookie_key FROM protections'
refused slipway_api 'SELECT hash FROM protection_tokens'
refused slipway_queue 'SELECT * FROM protections'
refused slipway_serve 'SELECT * FROM protections'
refused slipway_api 'SELECT * FROM serve_guards()'
refused slipway_queue 'SELECT * FROM serve_guards()'
refused slipway_api "SELECT serve_team('prj_a')"
refused slipway_api 'SELECT * FROM refresh_tokens'
refused slipway_api "UPDATE deployments SET state = 'ready'"
refused slipway_api "UPDATE projects SET live_deployment = 'dpl_b'"
refused slipway_api "UPDATE projects SET team_id = 'team_b'"
refused slipway_api "UPDATE team_members SET role = 'owner'"
refused slipway_api "DELETE FROM audit_log"
refused slipway_api "UPDATE audit_log SET actor = 'x'"
refused slipway_api "INSERT INTO audit_log (actor, action, object) VALUES ('usr_b', 'x', 'x')"
refused slipway_queue "INSERT INTO audit_log (actor, action, object) VALUES ('usr_b', 'x', 'x')"
refused slipway_api "SELECT * FROM build_claim('x', '1 s', sha256('x'))"
refused slipway_api 'CREATE TABLE mine ()'
refused slipway_serve 'SELECT * FROM projects'
refused slipway_serve 'SELECT * FROM users'
refused slipway_serve 'SELECT sealed FROM environment_variables'
refused slipway_serve "SELECT deployment_promote('dpl_a')"
refused slipway_queue 'SELECT * FROM users'
refused slipway_queue 'SELECT * FROM sessions'
refused slipway_queue 'SELECT hash FROM api_tokens'
refused slipway_queue "UPDATE deployments SET state = 'ready'"
refused slipway_queue "SELECT deployment_create('prj_b', 'production', 'git', '', 'branch', NULL, NULL)"
refused slipway_queue 'SELECT sealed FROM git_credentials'
refused slipway_queue 'SELECT * FROM known_hosts'
refused slipway_queue 'SELECT * FROM projects'
refused slipway_queue 'SELECT sealed FROM environment_variables'
refused slipway_queue 'SELECT key_hash FROM deployments'
refused slipway_queue "SELECT job.settings('dpl_a', 1, 'key')"
refused slipway_serve 'SELECT * FROM git_credentials'

# Builds reach them through functions, each its own (job.t).
met() { # FENCE HOST PORT LETTER
	q slipway_build "SELECT job.met('dpl_a', $1, 'key', '$2', $3, 'rsa', 'SHA256:' || repeat('$4', 43))"
}
is "$(q slipway_build "SELECT count(*) FROM job.secrets('dpl_a', 7, 'key')")" 0 'no secrets for a build that is not ours'
is "$(met 7 new.example 22 n)" '' 'nor hosts'
db "UPDATE deployments SET state = 'building', fence = 7, key_hash = sha256('key'), lease_owner = 'x', lease_until = now() + '1 min', attempt = 1
    WHERE id = 'dpl_a'" >/dev/null
is "$(q slipway_build "SELECT count(*) FROM job.secrets('dpl_a', 6, 'key')")" 0 'nor by an old fence'
is "$(q slipway_build "SELECT origin FROM job.secrets('dpl_a', 7, 'key')")" https://a.example:443 'its own secrets, and no others'
is "$(db "SELECT detail ->> 'deployment' FROM audit_log WHERE action = 'git_credentials.use' AND object = 'cred_a'")" \
    dpl_a 'which is noted'
is "$(met 6 new.example 22 n)" '' 'no host by an old fence'
is "$(met 7 new.example 22 n)" learnt 'a new host'
is "$(met 7 new.example 22 n)" known 'is known then'
is "$(met 7 new.example 22 m)" changed 'by that key alone'
is "$(met 7 new.example 2222 m)" learnt 'at that port'
is "$(met 7 github.com 22 m)" changed 'one that is pinned is not learnt'
is "$(q slipway_build "SELECT job.met('dpl_a', 7, 'key', 'github.com', 22, 'ed25519', 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU')")" \
    known 'and needs not to'
is "$(q slipway_build "SELECT string_agg(host, ' ' ORDER BY host, port) FROM job.hosts('dpl_a', 7, 'key')
    WHERE host LIKE '%.example'")" 'a.example new.example new.example' 'a build is told of its team'"'"'s'
is "$(q slipway_build "SELECT count(*) FROM job.hosts('dpl_a', 7, 'key') WHERE host = 'github.com'")" 3 'and of those that are pinned'
is "$(q slipway_serve "SELECT count(*) FROM serve_resolve('own', 'shop')")" 0 'serve may ask what a host shows'
is "$(q slipway_serve 'SELECT count(*) FROM serve_guards()')" "$(db 'SELECT count(*) FROM protections')" 'and what protects projects'
is "$(q slipway_serve "SELECT serve_team('prj_a')")" team_a 'and whose they are'

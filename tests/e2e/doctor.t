#!/bin/sh
# The doctor: finds nothing on a sound installation, and each thing that is
# broken, with a cure.
. "${srcdir:-.}/tests/e2e/lib.sh"

doctor() {
	out=$("$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
	    -d "host=$T/run dbname=slipway" doctor "$@" 2>/dev/null)
	code=$?
}

# bad CHECK DESCRIPTION: that, and a cure for it.
bad() {
	doctor
	like "$(echo "$out" | grep -A1 "^bad  $1 ")" '-> ' "$2"
}

start postgres redis api serve builderd git nginx
[ "$root" = 1 ] || skip_all 'looks as root'
plan 19
doctor
is "$(echo "$out" | grep '^bad')" '' 'nothing is bad'
is "$code" 0 'so it succeeds'
doctor --json
is "$(echo "$out" | jq -r '.[] | select(.check == "seal") | .level')" good 'the same as JSON'

db "INSERT INTO teams (id, slug, name) VALUES ('team_a', 'a', 'a');
    INSERT INTO projects (id, team_id, slug) VALUES ('prj_a', 'team_a', 'a');
    INSERT INTO deployments (team_id, project_id, seq, state, target, source, created_at)
    VALUES ('team_a', 'prj_a', 1, 'failed', 'preview', 'git', now() - interval '4 days')"
doctor
like "$(echo "$out" | grep -A1 '^hint collection ')" '-> .*slipway-gc.timer' 'nobody collects'
"$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" -d "host=$T/run dbname=slipway" gc >/dev/null
doctor
like "$out" '^good collection' 'until somebody does'
chmod 444 "$T/keys/token"
bad token-keys 'a key that others can read'
is "$code" 1 'which is a failure'
chmod 400 "$T/keys/token"
chown 0 "$T/keys/seal"
bad seal 'a key of another owner'
chown "$build_user" "$T/keys/seal"
mv "$T/state/work" "$T/state/elsewhere"
bad folders 'a folder that is not there'
mv "$T/state/elsewhere" "$T/state/work"
chmod 700 "$T/state"
bad blobs 'a folder that the web server cannot get through'
chmod 755 "$T/state"
db 'GRANT SELECT (email) ON users TO slipway_build' >/dev/null
bad rights 'builds may read a table'
like "$out" '^bad  rights +.*: public.users' 'and which'
db 'REVOKE ALL ON users FROM slipway_build; ALTER ROLE slipway_queue NOLOGIN' >/dev/null
bad database 'a role that cannot sign in'
db 'ALTER ROLE slipway_queue LOGIN' >/dev/null
stop redis
bad redis 'Redis is away'
stop api
bad api-socket 'fcgi-api is away'
stop builderd serve nginx postgres
bad database 'PostgreSQL is away'

sed -i "s|^web-group .*|web-group nosuchgroup|" "$T/slipway.conf"
bad users 'a group that is not there'
sed -i "s|^libexec-dir .*|libexec-dir /nonexistent|" "$T/slipway.conf"
bad libexec 'programs that are not there'
sed -i "s|^build-image .*|build-image nosuch|" "$T/slipway.conf"
bad image 'a build image that is not there'

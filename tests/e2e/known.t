#!/bin/sh
# Ten thousand hosts are served as they were last known without PostgreSQL, by a
# fcgi-serve that has just been started, too; what was never known is not made
# up; and what changed meanwhile is seen when it is back.
. "${srcdir:-.}/tests/e2e/lib.sh"
# Each worker learns for itself of what is not there.
conf serve-workers 1
start postgres
prepare
mkdir -p "$T/site"
echo one >"$T/site/index.html"
one=$("$builddir/tests/fcgi-serve/mksite" "$T/state/blobs" "$T/site")
echo two >"$T/site/index.html"
two=$("$builddir/tests/fcgi-serve/mksite" "$T/state/blobs" "$T/site")
chmod -R a+rX "$T/state/blobs"
hosts=10000
db 'ALTER TABLE projects DISABLE TRIGGER USER; ALTER TABLE deployments DISABLE TRIGGER USER'
db "INSERT INTO teams (slug, name) VALUES ('t', 't');
INSERT INTO projects (team_id, slug) SELECT t.id, 'h' || n FROM teams t, generate_series(1, $hosts) n
    WHERE t.slug = 't';
INSERT INTO deployments (team_id, project_id, seq, state, target, source, manifest, finished_at)
    SELECT team_id, id, 1, 'ready', 'production', 'prebuilt', '$one', now() FROM projects;
UPDATE projects p SET live_deployment = d.id FROM deployments d WHERE d.project_id = p.id" >/dev/null
db 'ALTER TABLE projects ENABLE TRIGGER USER; ALTER TABLE deployments ENABLE TRIGGER USER'
start serve nginx

# all: what each of the hosts answers, and how many do.
all() {
	curl -sS -Z --parallel-max 20 -o /dev/null -w '%{http_code}\n' \
	    "http://h[1-$hosts].localhost:$port/" 2>>"$T/log/curl.log" |
	    sort | uniq -c | awk '{ print $2 " " $1 }' | tr '\n' ' '
}
is "$(all)" "200 $hosts " 'all hosts answer'
is "$(ls "$T/state/routes" | wc -l)" $hosts 'and are known'
site nobody /
is "$status" 404 'one that is none does not'

kill_hard postgres
site nobody /
is "$status" 404 'without PostgreSQL: what was known not to be there is not'
is "$(all)" "200 $hosts " 'all hosts answer'
site nothing /
is "$status $(header Retry-After) $(header Cache-Control)" '503 2 no-store' 'what nobody knows may come'
stop serve
start serve
is "$(all)" "200 $hosts " 'and after a restart'
site nobody /
is "$status" 503 'which has forgotten what was not there'

# What changes while nobody looks is seen by who looks then.
stop serve
start postgres
db "INSERT INTO deployments (team_id, project_id, seq, state, target, source, manifest, finished_at)
    SELECT team_id, id, 2, 'ready', 'production', 'prebuilt', '$two', now() FROM projects
     WHERE slug IN ('h1', 'h2');
UPDATE projects p SET live_deployment = d.id FROM deployments d WHERE d.project_id = p.id AND d.seq = 2
    AND p.slug = 'h1';
DELETE FROM projects WHERE slug = 'h3'" >/dev/null
start serve
site h1 /?1
is "$body" two 'a promotion'
site h3 /?1
is "$status" 404 'and what was deleted'
site nothing /?1
is "$status" 404 'what is none is none again'

# And without a restart: it comes back by itself.
kill_hard postgres
site h2 /?2
is "$body" one 'down once more'
start postgres
db "UPDATE projects p SET live_deployment = d.id FROM deployments d WHERE d.project_id = p.id AND d.seq = 2
    AND p.slug = 'h2'" >/dev/null
for i in $(seq 100); do
	site h2 "/?3$i"
	[ "$body" = one ] || break
	sleep 0.1
done
is "$body" two 'what was promoted as soon as it was up is seen'

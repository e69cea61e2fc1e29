# queue -- how fast builds are claimed and ended, and how soon one begins.
stop builderd

# seed TEAMS PROJECTS: 50,000 deployments wait, spread over so many teams.
seed() {
	db "DELETE FROM teams WHERE slug LIKE 'q-%';
	    INSERT INTO teams (id, slug, name, max_running)
	    SELECT 'team_q' || i, 'q-' || i, 'q', 1000 FROM generate_series(1, $1) i;
	    INSERT INTO projects (id, team_id, slug, max_running)
	    SELECT 'prj_q' || i || '_' || j, 'team_q' || i, 'q-' || i || '-' || j, 100
	      FROM generate_series(1, $1) i, generate_series(1, $2) j;
	    INSERT INTO deployments (team_id, project_id, seq, target, source, created_at)
	    SELECT 'team_q' || 1 + n % $1, 'prj_q' || 1 + n % $1 || '_' || 1 + n / $1 % $2, n,
	        CASE WHEN n % 10 = 0 THEN 'production' ELSE 'preview' END, 'git',
	        now() + n * interval '1 ms' FROM generate_series(1, 50000) n;
	    ANALYZE" >/dev/null
}
echo "SELECT id, fence FROM build_claim('bench:' || :client_id || ':0', '1 hour', sha256('key')) \\gset
SELECT build_end(:id, :fence, 'failed', 'exit', 'no', '{}');
SELECT pg_notify('slipway_log', :id), set_config('synchronous_commit', 'off', true);" >"$T/both.sql"
echo "SELECT id FROM build_claim('bench:' || :client_id || ':0', '1 hour', sha256('key'));" >"$T/claim.sql"
# claims TEAMS PROJECTS: sets $rate and $p99 of a claim.
claims() {
	seed "$@"
	rate=$(for _ in $(seq "$RUNS"); do
		"$PG_BIN/pgbench" -n -h "$T/run" -U slipway_queue -d slipway -M prepared -c 8 -j 2 \
		    -T "$SECONDS_EACH" -f "$T/both.sql" 2>&1 | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
	done | median)
	rm -f "$T"/claims.*
	"$PG_BIN/pgbench" -n -h "$T/run" -U slipway_queue -d slipway -M prepared -c 4 -j 2 \
	    -t 100 -f "$T/claim.sql" -l --log-prefix="$T/claims" >>"$T/log/bench.log" 2>&1
	p99=$(cat "$T"/claims.* | awk '{ print $3 / 1000 }' | sort -g | awk '{ v[NR] = $1 } END { print v[int(NR * .99)] }')
}
claims 1 20
one="by one team alone $rate/s, p99 $p99 ms"
claims 400 5
line 'claim + finish, 50,000 queued by 400 teams, 8 connections' '>= 500/s, p99 of a claim < 50 ms' \
    "$rate/s, p99 $p99 ms; $one" "$(reached "$rate >= 500 && $p99 < 50")"
db "DELETE FROM teams WHERE slug LIKE 'q-%'" >/dev/null
start builderd

# delays N: of so many deployments of the project bench, the longest from the
# question to its claim, in ms.
delays() {
	for _ in $(seq "$1"); do
		deployed bench
		db "SELECT round(1000 * extract(epoch FROM started_at - created_at)) FROM deployments
		    WHERE id = '$deployment'"
	done | sort -g | tail -1
}
worst=$(delays $((RUNS * 10)))
line "start delay with a free slot, the worst of $((RUNS * 10))" 'p99 < 1 s' "$worst ms" "$(reached "$worst < 1000")"
account flood
repo flood
echo '<p>flood' >"$T/src/flood/index.html"
project flood
db "UPDATE projects SET max_running = 2 WHERE slug = 'flood';
    INSERT INTO deployments (team_id, project_id, seq, target, source, repo, ref)
    SELECT team_id, id, 1000 + n, 'production', 'git', repo, 'main'
      FROM projects, generate_series(1, 400) n WHERE slug = 'flood'" >/dev/null
become ann
worst=$(delays $((RUNS * 10)))
left=$(db "SELECT count(*) FROM deployments d JOIN projects p ON p.id = d.project_id
    WHERE p.slug = 'flood' AND d.state = 'queued'")
line "the same beside another team's 400 queued builds ($left left at the end)" 'p99 < 3 s' "$worst ms" \
    "$(reached "$worst < 3000 && $left > 0")"
db "DELETE FROM projects WHERE slug = 'flood'" >/dev/null

# hosts -- many of them known, and many of those in use.
hosts=100000 used=10000
repo hosts
head -c 3072 /dev/urandom | base64 -w0 | head -c 4096 >"$T/src/hosts/4k.html"
project hosts
deployed hosts
say "making $hosts projects"
db 'ALTER TABLE projects DISABLE TRIGGER USER; ALTER TABLE deployments DISABLE TRIGGER USER'
# Not of the team that measures: it could not have another project.
db "INSERT INTO teams (slug, name) VALUES ('hosts', 'hosts');
INSERT INTO projects (team_id, slug) SELECT t.id, 'h' || n
      FROM teams t, generate_series(1, $hosts) n WHERE t.slug = 'hosts';
INSERT INTO deployments (team_id, project_id, seq, state, target, source, manifest, finished_at)
    SELECT p.team_id, p.id, 1, 'ready', 'production', 'prebuilt', d.manifest, now()
      FROM projects p, deployments d WHERE d.id = '$deployment' AND p.slug ~ '^h[0-9]+\$';
UPDATE projects p SET live_deployment = d.id FROM deployments d
 WHERE d.project_id = p.id AND p.slug ~ '^h[0-9]+\$'" >/dev/null
db 'ALTER TABLE projects ENABLE TRIGGER USER; ALTER TABLE deployments ENABLE TRIGGER USER'
db 'VACUUM ANALYZE projects, deployments'
stop serve
sed -i '/serve-workers /d' "$T/slipway.conf"
start serve
nginx_cache off
# wrk_hosts SECONDS N: requests a second, to N hosts at random.
wrk_hosts() {
	wrk -t1 -c64 -d"$1s" -s "$srcdir/tests/bench/hosts.lua" "http://127.0.0.1:$port/" \
	    -- "$2" "$port" >"$T/wrk" 2>&1
	grep 'Non-2xx\|Socket errors' "$T/wrk" >&2
	awk '/^Requests\/sec/ { print $2 }' "$T/wrk"
}
# Every worker has heard of each, but for one in a hundred: this is not the first
# minute.
warm() {
	workers=$(($(children "$(pid_of serve)" | wc -w) - 1))
	asked=0
	while [ "$asked" -lt $((5 * workers * used)) ]; do
		r=$(wrk_hosts 5 $used)
		asked=$((asked + ${r%.*} * 5))
		say "hosts become known to $workers workers: $r requests/s"
	done
}
warm
: >"$T/a"
: >"$T/b"
for _ in $(seq "$RUNS"); do
	wrk_hosts "$SECONDS_EACH" 1 >>"$T/a"
	wrk_hosts "$SECONDS_EACH" $used >>"$T/b"
done
a=$(median <"$T/a") b=$(median <"$T/b")
# pss: of fcgi-serve, in all; $mib.
pss() {
	pss=0
	for p in $(descend "$(pid_of serve)"); do
		k=$(awk '/^Pss:/ { print $2 }' "/proc/$p/smaps_rollup")
		pss=$((pss + k))
		say "serve $p: $k KiB"
	done
	mib=$(awk -v k=$pss 'BEGIN { printf "%.1f", k / 1024 }')
}
pss
r=$(ratio "$b" "$a")
line "$hosts hosts known, uniform traffic over $used of them, cache off, against one host" \
    '>= 0.8; fcgi-serve <= 64 MiB (PSS) in all' \
    "$r ($b against $a requests/s); $mib MiB" "$(reached "$r >= 0.8 && $mib <= 64")"

# The same, and no two are of one manifest.
say "making $used manifests"
files=100
"$builddir/tests/bench/manifests" "$T/state/blobs" \
    "$(db "SELECT manifest FROM deployments WHERE id = '$deployment'")" /4k.html $used $files \
    >"$T/manifests"
{
	echo 'CREATE TABLE bench_manifests (n serial, manifest text);'
	echo 'COPY bench_manifests (manifest) FROM stdin;'
	cat "$T/manifests"
	echo '\.'
	echo "ALTER TABLE deployments DISABLE TRIGGER USER;
	    UPDATE deployments d SET manifest = m.manifest FROM projects p, bench_manifests m
	     WHERE d.id = p.live_deployment AND p.slug = 'h' || m.n;
	    ALTER TABLE deployments ENABLE TRIGGER USER;"
} | $as_pg psql -X -q -v ON_ERROR_STOP=1 -h "$T/run" -U postgres -d slipway
db 'VACUUM ANALYZE deployments'
stop serve
rm -rf "$T/state/routes"
start serve
warm
: >"$T/a"
: >"$T/b"
for _ in $(seq "$RUNS"); do
	wrk_hosts "$SECONDS_EACH" 1 >>"$T/a"
	wrk_hosts "$SECONDS_EACH" $used >>"$T/b"
done
a=$(median <"$T/a") b=$(median <"$T/b")
pss
nginx_cache on
r=$(ratio "$b" "$a")
line "the same, and each of the $used has a manifest of its own, of $files files" \
    '>= 0.8; fcgi-serve <= 64 MiB (PSS) in all' \
    "$r ($b against $a requests/s); $mib MiB" "$(reached "$r >= 0.8 && $mib <= 64")"

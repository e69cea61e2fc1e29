#!/bin/sh
# Usage: what is kept, of how much, and what of it is shared.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 19

gc() {
	"$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
	    -d "host=$T/run dbname=slipway" gc >>"$T/log/gc.log" 2>&1
}
# row PROJECT|null FILTER: of ann's usage.
row() {
	json ".usage[] | select(.project == $1) | $2"
}
# stored NAME ...: how large the blobs are, with the copies that they have.
stored() {
	for name; do
		find "$T/state/blobs/$(echo "$name" | cut -c1-2)" \
		    -name "$(echo "$name" | cut -c3-)*" -printf '%s\n'
	done | awk '{ n += $1 } END { print n + 0 }'
}
sums() {
	for f; do sha256sum <"$f" | cut -c1-64; done
}

# publish PROJECT DIR: release() does not count.
publish() {
	release "$1" "$2"
	db "UPDATE deployments SET files = 2, bytes = $(cat "$2"/* | wc -c)
	    WHERE id = '$deployment'" >/dev/null
}

start postgres redis api nginx
account bob
account ann
api GET /api/usage
is "$status $(row null '"\(.deployments) \(.files) \(.bytes) \(.max_bytes) \(.measured_at)"')" \
    '200 0 0 0 null null' 'nothing yet'

# Two projects; the second file is in all of it.
mkdir "$T/a" "$T/b"
seq 1 2000 >"$T/a/numbers.txt"
cp "$T/a/numbers.txt" "$T/b"
echo '<h1>shop</h1>' >"$T/a/index.html"
echo '<h1>a longer page</h1>' >"$T/b/index.html"
api POST /api/projects '{"slug":"shop","repo":"https://git.example/shop.git"}'
api POST /api/projects '{"slug":"blog","repo":"https://git.example/blog.git"}'
n=$(wc -c <"$T/b/numbers.txt")
pages=$(cat "$T/a/index.html" "$T/b/index.html" | wc -c)
publish shop "$T/a"
old=$deployment
echo '<h1>Shop</h1>' >"$T/a/index.html"
publish shop "$T/a"
publish blog "$T/b"
api GET /api/usage
is "$(row null '"\(.deployments) \(.files) \(.bytes)"')" "3 6 $((3 * n + pages + 14))" 'a team: all of it'
is "$(row '"shop"' '"\(.deployments) \(.files) \(.bytes)"')" "2 4 $((2 * n + 28))" 'a project: its own'
is "$(row '"shop"' .unique_bytes)" null 'what is shared is not measured yet'
gc
api GET /api/usage
is "$(row '"shop"' '"\(.unique_files) \(.unique_bytes)"')" "3 $((n + 28))" 'each file once'
is "$(row null '"\(.unique_files) \(.unique_bytes)"')" "4 $((n + pages + 14))" 'a team counts once what its projects share'
shop=$(row '"shop"' .stored_bytes) blog=$(row '"blog"' .stored_bytes)
# shellcheck disable=SC2046
is "$blog" "$(stored $(sums "$T/b/numbers.txt" "$T/b/index.html") \
    "$(db "SELECT manifest FROM deployments WHERE id = '$deployment'")")" 'the store has so much: files, copies, manifest'
is "$(row null .stored_bytes)" "$(find "$T/state/blobs" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')" \
    'a team alone has all that there is'
like "$(row null .measured_at)" '^2.*Z$' 'and when that was measured'
is "$(db "SELECT bytes, unique_bytes, stored_bytes FROM admin.storage WHERE project = 'shop'")" \
    "$((2 * n + 28))|$((n + 28))|$shop" 'operators see the same'

# Another's is not shown.
become bob
api GET /api/usage
is "$(json '.usage | length')" 1 'bob sees his own'

# Metrics.
become ann
team=$(db "SELECT slug FROM teams JOIN team_members m ON m.team_id = id
    JOIN users u ON u.id = m.user_id WHERE email = 'ann@example.org'")
api GET /api/metrics
like "$body" "slipway_kept_bytes[{]team=\"$team\"[}] $((3 * n + pages + 14))" 'metrics: what is kept'
like "$body" "slipway_team_run_seconds_count[{]team=\"$team\"[}] [1-9]" 'how many builds ran'
like "$body" "slipway_stored_bytes[{]team=\"$team\"[}] [1-9]" 'and stored'
like "$body" 'slipway_store_bytes [1-9]' 'and the store'

# What is deleted counts no more, what is gone is forgotten.
api DELETE "/api/deployments/$old"
gc
api GET /api/usage
is "$(row '"shop"' '"\(.deployments) \(.unique_files)"')" '1 2' 'without what was deleted'
api DELETE /api/projects/blog
gc
is "$(db "SELECT count(*) FROM storage")" 2 'without a project that is gone'

# The command line.
db "SELECT admin.quota('$team', 10, NULL, 5000000)" >/dev/null
cli() {
	HOME=$T/home/none SLIPWAY_URL=http://localhost:$port SLIPWAY_TOKEN=$token \
	    "$builddir/cli/slipway/slipway" "$@" 2>"$T/log/cli.log"
}
api POST /api/tokens '{"name":"u","scope":"read"}'
token=$(json .token)
out=$(cli usage | tr '\t' ' ')
like "$out" "^$team 1 of 10 2 .* of 5.0 MB " 'slipway usage has the quota'
is "$(cli usage --json | jq -r '.usage[1].project')" shop 'and JSON'

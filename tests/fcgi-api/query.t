#!/bin/sh
# Every statement of fcgi-api, prepared as the role that sends it.
. "$srcdir/tests/e2e/lib.sh"
start postgres
"$builddir/tests/fcgi-api/queries" >"$T/queries.sql"
plan 3
ok 'there are statements' grep -q '^PREPARE project_show AS ' "$T/queries.sql"
psql -X -q -h "$T/run" -U slipway_api -d slipway -f "$T/queries.sql" \
    >"$T/prepared" 2>&1
is "$(cat "$T/prepared")" '' 'each can be prepared'
is "$(sed -n 's/^PREPARE \([a-z_]*\) .*/\1/p' "$T/queries.sql" | sort | uniq -d)" '' 'under a name of its own'

#!/bin/sh
# template.sh DIR -- DIR/pg, a PostgreSQL cluster with the schema, stopped.
#
# initdb takes seconds and a copy takes none, so it is made once and made again
# when the schema changes.  Tests that run at the same time wait for the first.
set -e
dir=$1
PATH=$PATH:/usr/sbin:/sbin
PG_BIN=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin | tail -1)}
mkdir -p "$dir"
exec 9>"$dir/lock"
flock 9
stamp=$(cat "$srcdir"/schema/*.sql "$srcdir/tests/e2e/template.sh" | sha256sum)
[ "$(cat "$dir/stamp" 2>/dev/null)" != "$stamp" ] || exit 0

# The build tree may be closed to PostgreSQL's user, so not there.
work=$(mktemp -d /tmp/slipway-pg.XXXXXX)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
as_pg=
if [ "$(id -u)" = 0 ]; then
	as_pg='setpriv --reuid=postgres --regid=postgres --init-groups'
	chown postgres "$work"
fi
cd /
$as_pg "$PG_BIN/initdb" -D "$work/pg" -U postgres -A trust -E UTF8 \
    --locale=C.UTF-8 --no-sync --wal-segsize=1
cat >>"$work/pg/postgresql.conf" <<'EOC'
listen_addresses = ''
max_connections = 60
shared_buffers = 32MB
min_wal_size = 2MB
log_min_messages = warning
EOC
$as_pg "$PG_BIN/pg_ctl" -D "$work/pg" -w -l "$work/log" \
    -o "-k $work" start >/dev/null 9>&- || { cat "$work/log"; exit 1; }
trap '$as_pg "$PG_BIN/pg_ctl" -D "$work/pg" -w -m fast stop >/dev/null; rm -rf "$work"' EXIT
psql -X -q -h "$work" -U postgres -d postgres -c 'CREATE DATABASE slipway'
echo "database host=$work user=postgres dbname=slipway" >"$work/conf"
"$builddir/cli/slipwayctl/slipwayctl" -f "$work/conf" migrate --schema "$srcdir/schema"
$as_pg "$PG_BIN/pg_ctl" -D "$work/pg" -w -m fast stop >/dev/null
trap 'rm -rf "$work"' EXIT
rm -rf "$dir/pg"
cp -a "$work/pg" "$dir/pg"
echo "$stamp" >"$dir/stamp"

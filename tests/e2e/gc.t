#!/bin/sh
# Collection: what nothing shows goes, what anything shows stays.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 14

gc() {
	out=$("$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
	    -d "host=$T/run user=postgres dbname=slipway" gc "$@" 2>&1)
}

blobs() {
	find "$T/state/blobs" -type f | wc -l
}

# orphan TEXT [DATE]: a blob that no manifest has, last used then.
orphan() {
	sum=$(printf '%s' "$1" | sha256sum | cut -c1-64)
	f=$T/state/blobs/$(echo "$sum" | cut -c1-2)/$(echo "$sum" | cut -c3-)
	mkdir -p "${f%/*}"
	printf '%s' "$1" >"$f"
	touch -d "${2:-now}" "$f"
	[ "$root" != 1 ] || chown -R "$build_user" "${f%/*}"
}

start postgres redis api serve builderd git nginx
gc
like "$out" '^swept 0 files' 'an empty store'

account ann
repo shop
seq 1 2000 >"$T/src/shop/numbers.txt"
echo '<h1>one</h1>' >"$T/src/shop/index.html"
commit shop 'one'
api POST /api/projects "{\"slug\":\"shop\",\"repo\":\"$repo\"}"
deploy shop
first=$deployment
echo '<h1>two</h1>' >"$T/src/shop/index.html"
commit shop 'two'
deploy shop
is "$state" ready 'two deployments'
find "$T/state/blobs" -type f -exec touch -d '3 days ago' {} +
n=$(blobs)

gc
like "$out" '^swept 0 files' 'every file is of a deployment'
is "$(blobs)" "$n" 'and is there'

orphan 'old, and needed by nobody' '3 days ago'
old=$f
orphan 'new: someone may be about to publish it'
gc --dry-run
like "$out" '^would sweep 1 files, 25 bytes' 'a dry run counts'
ok 'and leaves it' test -e "$old"
gc
like "$out" '^swept 1 files, 25 bytes' 'swept'
ok 'the old one is gone' test ! -e "$old"
ok 'the new one is not' test -e "$f"

site "${first#dpl_}--shop" /
is "$body" '<h1>one</h1>' 'the deployment that is not live is served'
site shop /numbers.txt -H 'Accept-Encoding: gzip'
is "$status" 200 'and so is what is compressed'

# A manifest that cannot be read marks nothing, so nothing may be swept.
m=$(db "SELECT manifest FROM deployments WHERE id = '$first'")
mv "$T/state/blobs/$(echo "$m" | cut -c1-2)/$(echo "$m" | cut -c3-)" "$T/manifest"
orphan 'old, and needed by nobody' '3 days ago'
gc
like "$out" 'nothing was swept' 'a missing manifest stops it'
ok 'all is there' test -e "$old"

# Whoever may not see all deployments must not collect.
out=$("$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
    -d "host=$T/run user=slipway_api dbname=slipway" gc 2>&1)
like "$out" 'nothing was swept' 'nor does one who cannot see all'

#!/bin/sh
# Collection: what nothing shows goes, what anything shows stays.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 44

gc() {
	out=$("$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
	    -d "host=$T/run dbname=slipway" gc "$@" 2>&1)
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

# A build that runs for days may have found what it needs long ago.
orphan 'a build under way has it' '2 days ago'
used=$f
orphan 'older than that build' '5 days ago'
older=$f
slow=dpl_aaaaaaaaaaaa
db "INSERT INTO deployments (id, team_id, project_id, seq, state, target, source)
    SELECT '$slow', team_id, id, 1000, 'queued', 'preview', 'git' FROM projects;
    UPDATE deployments SET state = 'building', lease_until = now() + interval '1 hour' WHERE id = '$slow';
    UPDATE deployments SET started_at = now() - interval '3 days' WHERE id = '$slow'"
gc
ok 'what was used since the oldest build began stays' test -e "$used"
ok 'what was not goes' test ! -e "$older"
db "UPDATE deployments SET state = 'failed', lease_until = NULL WHERE id = '$slow'"
gc
ok 'and with the build its files' test ! -e "$used"

# What was deleted keeps its files for a day, and then says that they go.
n=$(blobs)
is "$(db "SELECT admin.delete('$first')")" "$first" 'deleted'
gc
is "$(blobs)" "$n" 'its files stay'
db "UPDATE deployments SET deleted_at = now() - interval '25 hours' WHERE id = '$first'"
gc --dry-run
like "$out" '^would sweep 2 files' 'after a day they would go'
is "$(db "SELECT admin.restore('$first')")" "$first" 'until then it comes back'
gc
is "$(blobs)" "$n" 'with all it has'
db "UPDATE deployments SET deleted_at = now() - interval '25 hours' WHERE id = '$first'"
gc
like "$out" '^swept 2 files' 'its page and its manifest go, not what others share'
like "$(db "SELECT admin.restore('$first')" 2>&1)" 'its files are gone' 'and it stays away'
site shop /numbers.txt
is "$status" 200 'what is live is whole'
is "$(db "SELECT good, swept FROM collections ORDER BY id DESC LIMIT 1")" 't|2' 'it is written down'

# What is not in the store: uploads, mirrors, dependencies.
prj=$(db "SELECT id FROM projects WHERE slug = 'shop'")
gone=prj_aaaaaaaaaaaa
live=$T/state/uploads/$prj
mkdir -p "$live/tmp" "$T/state/uploads/$gone"

# file NAME TEXT: in the live project's uploads; $sum is its hash.
file() {
	sum=$(printf '%s' "$1" | sha256sum | cut -c1-64)
	f=$live/$(echo "$sum" | cut -c1-2)/$(echo "$sum" | cut -c3-)
	mkdir -p "${f%/*}"
	printf '%s' "$1" >"$f"
}
# folder UPLOAD TEXT ...: a list of files, and the files.
folder() {
	list=$live/$1.list
	shift
	for text; do
		file "$text"
		echo "$sum ${#text} - $text"
	done >"$list"
}
db "INSERT INTO uploads (id, team_id, project_id, files, bytes)
    SELECT 'upl_known', team_id, id, 2, 10 FROM projects WHERE slug = 'shop'"
folder upl_known both first
known=$list both=$live/$(printf both | sha256sum | sed 's,^..,&/,;s, .*,,')
folder upl_over both second
over=$list second=$f
folder upl_young third
young=$list third=$f
echo x >"$T/state/uploads/$gone/upl_x.list"
mkdir -p "$T/outside/deep"
echo keep >"$T/outside/deep/file"
for d in mirrors deps; do
	mkdir -p "$T/state/$d/$gone/a/b" "$T/state/$d/$prj"
	echo 12345 >"$T/state/$d/$gone/a/b/.c"
	echo 12345 >"$T/state/$d/$prj/mine"
	ln -s "$T/outside" "$T/state/$d/$gone/a/link"
done
ln -s "$T/outside" "$T/state/uploads/prj_bbbbbbbbbbbb"
mkdir -p "$T/state/mirrors/prj_cccccccccccc" "$T/state/mirrors/other"
chmod -R o-w "$T/outside"
find "$T/state/uploads" "$T/state/mirrors" "$T/state/deps" "$T/outside" \
    -exec touch -h -d '3 days ago' {} +
touch "$young" "$T/state/mirrors/prj_cccccccccccc"
[ "$root" != 1 ] || chown -Rh "$api_user:$build_user" "$T/state/uploads"
gc --dry-run
like "$out" '^uploads: would sweep 4 files' 'a dry run counts uploads'
ok 'and leaves them' test -e "$over" -a -e "$second" -a -d "$T/state/deps/$gone"
gc
like "$out" '^uploads: swept 4 files' 'uploads that are over'
like "$out" '^mirrors: swept 2 files' 'mirrors of deleted projects'
like "$out" '^deps: swept 2 files' 'and dependencies'
ok 'a list that no row names is gone' test ! -e "$over"
ok 'and its file' test ! -e "$second"
ok 'what a row names is there' test -e "$known" -a -e "$both"
ok 'a young list is' test -e "$young" -a -e "$third"
ok 'deleted projects have nothing' test ! -e "$T/state/uploads/$gone" \
    -a ! -e "$T/state/mirrors/$gone" -a ! -e "$T/state/deps/$gone"
ok 'others have theirs' test -e "$T/state/mirrors/$prj/mine" -a -e "$T/state/deps/$prj/mine"
ok 'one that is used does' test -d "$T/state/mirrors/prj_cccccccccccc"
ok 'what is no project stays' test -d "$T/state/mirrors/other"
ok 'no link was followed' test -e "$T/outside/deep/file"

# A list that cannot be read keeps every file of its project.
echo 'not a list' >"$known"
touch -d '3 days ago' "$known"
gc
ok 'a list that cannot be read keeps the files' test -e "$both"

# A manifest that cannot be read marks nothing, so nothing may be swept.
m=$(db "SELECT manifest FROM deployments d JOIN projects p ON p.live_deployment = d.id")
where=$T/state/blobs/$(echo "$m" | cut -c1-2)/$(echo "$m" | cut -c3-)
mv "$where" "$T/manifest"
orphan 'old, and needed by nobody' '3 days ago'
gc
like "$out" 'nothing was swept' 'a missing manifest stops it'
ok 'all is there' test -e "$old"

# Nor is one looked at that is not the builder's own: root would read it.
ln -s "$T/manifest" "$where"
gc
like "$out" 'nothing was swept' 'nor does a link to it do'
rm "$where"
mkfifo "$where"
gc
like "$out" 'is not a file of ours' 'nor a pipe'
rm "$where"
cp "$T/manifest" "$where"
if [ "$root" = 1 ]; then
	gc
	like "$out" 'nothing was swept' 'nor a file of another owner'
	chown "$build_user" "$where"
else
	ok 'nor a file of another owner # SKIP not root' true
fi

# Whoever may not see all deployments must not collect.
out=$("$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
    -d "host=$T/run user=slipway_api dbname=slipway" gc 2>&1)
like "$out" 'nothing was swept' 'nor does one who cannot see all'

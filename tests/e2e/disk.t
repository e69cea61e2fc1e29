#!/bin/sh
# A small disk: what can be made again goes when it is over its budget or when
# there is no room, builds wait while there is none, and one that fills the
# disk is told so.
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$root" = 1 ] || skip_all 'builds need root'
conf disk-reserve 100
conf cache-bytes 150
conf cache-project-bytes 100
conf mirror-bytes 40
conf build-slots 1
mkdir "$T/state"
mount -t tmpfs -o size=300m,mode=755 none "$T/state" 2>"$T/log/mount.log" || skip_all 'cannot mount'
start postgres redis api serve builderd git nginx
plan 45

ctl() {
	"$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
	    -d "host=$T/run user=postgres dbname=slipway" "$@" 2>&1
}

# image PROJECT LETTER MIB DATE: a cache, as builderd leaves them.
image() {
	mkdir -p "$T/state/deps/$1"
	chmod 700 "$T/state/deps/$1"
	f=$T/state/deps/$1/$(printf "%064d" 0 | tr 0 "$2").img
	head -c "${3}M" /dev/zero >"$f"
	touch -d "$4" "$f"
}
# mirror PROJECT MIB DATE
mirror() {
	mkdir -p "$T/state/mirrors/$1/objects"
	head -c "${2}M" /dev/zero >"$T/state/mirrors/$1/objects/pack"
	find "$T/state/mirrors/$1" -exec touch -d "$3" {} +
}
x=prj_aaaaaaaaaaaa y=prj_bbbbbbbbbbbb

# said PATTERN: waits for builderd to say so; $line.  Nothing before counts.
mark=1
said() {
	# shellcheck disable=SC2016
	line=$(exec 2>/dev/null; timeout 60 sh -c 'tail --pid=$$ -n "+$1" -F "$2" 2>/dev/null |
	    { grep -En -m 1 -- "$3"; kill -PIPE $$; }' sh "$mark" "$T/log/builderd.log" "$1")
	[ -z "$line" ] || mark=$((mark + ${line%%:*}))
}

account ann
repo shop
echo '<h1>one</h1>' >"$T/src/shop/index.html"
commit shop 'one'
api POST /api/projects "{\"slug\":\"shop\",\"repo\":\"$repo\"}"
deploy shop
is "$state" ready 'there is room'
db "INSERT INTO projects (id, team_id, slug) SELECT i, team_id, 'other-' || right(i, 1)
    FROM projects, unnest(ARRAY['$x', '$y']) i"

# Budgets, after each build.  That of the last one may still be looked after.
stop builderd
image $x a 40 '5 days ago'
image $x b 40 '4 days ago'
image $x c 40 '2 days ago'
image $y a 60 '3 days ago'
image $y b 20 '1 day ago'
mirror $x 30 '2 days ago'
mirror $y 30 '1 day ago'
echo mine >"$T/state/deps/$x/notes.txt"
mkdir "$T/outside"
head -c 50M /dev/zero >"$T/outside/file"
ln -s "$T/outside/file" "$T/state/deps/$y/$(printf "%064d" 0 | tr 0 c).img"
ln -s "$T/outside" "$T/state/mirrors/prj_cccccccccccc"
out=$(ctl gc --dry-run)
like "$out" '^deps: would sweep 2 files' 'a dry run counts what is over'
like "$out" '^mirrors: would sweep [12] files' 'of each kind'
ok 'and leaves it' test -e "$T/state/deps/$x/$(printf "%064d" 0 | tr 0 a).img"
start builderd
deploy shop
said 'deps: .* removed'
like "$line" '2 files removed, 80 MiB' 'what is over goes after a build'
ok 'of a project the oldest' test ! -e "$T/state/deps/$x/$(printf "%064d" 0 | tr 0 a).img"
ok 'and of all the oldest' test ! -e "$T/state/deps/$x/$(printf "%064d" 0 | tr 0 b).img"
ok 'others stay' test -e "$T/state/deps/$x/$(printf "%064d" 0 | tr 0 c).img" -a \
    -e "$T/state/deps/$y/$(printf "%064d" 0 | tr 0 b).img"
ok 'the older mirror' test ! -e "$T/state/mirrors/$x"
ok 'and not the younger' test -e "$T/state/mirrors/$y/objects/pack"
ok 'what is not ours stays' test -e "$T/state/deps/$x/notes.txt"
ok 'and no link was followed' test -s "$T/outside/file"
out=$(ctl gc)
like "$out" 'deps: 2 files are not ours, and stay' 'which is said'

# Who has what.
out=$(ctl disk)
like "$out" "^$T/state: .* free of 300 MiB; builds wait below 100 MiB" 'the disk'
like "$out" '^deps +120 MiB +150 MiB +5$' 'a kind with its budget'
like "$out" '^logs +[0-9.]+ KiB +- +-  in the database$' 'the logs of builds'
like "$out" ' 26 B +0 B +[0-9.]+ KiB +0 B  ann/shop$' 'a project'
out=$(ctl disk --json)
is "$(echo "$out" | jq -r '[.kinds[].kind] | join(" ")')" \
    'blobs uploads mirrors deps downloads images work routes other' 'as JSON'
is "$(echo "$out" | jq -r ".projects[] | select(.id == \"$x\").deps / 1048576 | floor")" 40 'by project'
is "$(echo "$out" | jq -r '.projects[] | select(.project == "ann/shop").sites')" 26 'and sites'
is "$(echo "$out" | jq -r .logs)" "$(db "SELECT pg_total_relation_size('build_logs')")" 'logs'
is "$(echo "$out" | jq -r .builds_wait)" false 'builds go on'
ok 'the same without a database' test "$("$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
    -d "host=$T/none" disk --json 2>/dev/null | jq -c .kinds)" = "$(ctl disk --json | jq -c .kinds)"

# No room: what can go goes, and the build is taken.
mirror $x 5 '1 day ago'
head -c 100M /dev/zero >"$T/state/fill"
like "$(ctl disk)" 'builds wait until it is 100 MiB' 'too little is free'
deploy shop
is "$state" ready 'so caches make room'
said 'the disk is full'
like "$line" 'MiB free of 300 MiB in .*, and builds wait until it is 100 MiB' 'which is said'
said 'deps: .* removed'
like "$line" 'removed' 'and what goes'
ok 'not more than must' test -e "$T/state/deps/$y/$(printf "%064d" 0 | tr 0 b).img"

# None at all: it waits, and goes on when there is.
head -c 220M /dev/zero >"$T/state/fill" 2>"$T/log/fill.log"
api POST /api/projects/shop/deployments '{}'
is "$status" 202 'a deployment'
deployment=$(json .id)
said 'the disk is full'
like "$line" 'free some, or lower disk-reserve' 'there is nothing left to go'
soon
until api GET "/api/deployments/$deployment"; [ "$(json .waiting_for)" != null ] || late; do sleep 0.1; done
is "$(json .state)" queued 'it waits'
is "$(json .waiting_for)" 'the disk of the build host is full' 'and says what for'
is "$(db "SELECT why FROM admin.waiting")" 'the disk of the build host is full' 'as operators see'
out=$(ctl queue)
like "$out" '^No build is taken on this machine: the disk is full' 'the queue says why'
like "$out" ' 1 +0 +[0-9:]+ +the disk of the build host is full$' 'of each builder'
like "$(ctl doctor)" 'bad +space +builds wait: .* disk-reserve is 100 MiB' 'the doctor knows'
rm "$T/state/fill"
follow "$deployment"
is "$state" ready 'until there is room'
is "$(json .waiting_for)" null 'and waits for nothing'

# One that fills the disk while it runs.
echo '{"scripts":{"build":"dd if=/dev/urandom of=x bs=1M count=400 conv=fsync"}}' >"$T/src/shop/package.json"
commit shop 'fill'
deploy shop
is "$state" failed 'a build that fills the disk'
is "$(json .error_code)" server_disk 'fails for that'
like "$(json .error)" "the server's disk is full" 'and says so'
is "$(ls "$T/state/work" | grep -c img)" 0 'it leaves nothing'
rm "$T/src/shop/package.json"
commit shop 'as before'
deploy shop
is "$state" ready 'and the next is as ever'
for p in $x $y; do ls "$T/state/deps/$p" "$T/state/mirrors"; done >"$T/log/left.log"
ok 'nothing else is in the folders of projects' test -d "$T/state/mirrors"
stop builderd
umount -l "$T/state"
ok 'and it ends' test ! -e "$T/state/deps"

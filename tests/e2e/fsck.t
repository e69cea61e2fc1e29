#!/bin/sh
# fsck: finds what is not as it was, and repairs it from copies; one site's
# trouble is not another's.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 53

fsck() {
	out=$("$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
	    -d "host=$T/run dbname=slipway" fsck "$@" 2>"$T/log/fsck.log")
	code=$?
}
doctor() {
	"$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
	    -d "host=$T/run dbname=slipway" doctor 2>/dev/null | grep -A1 ' integrity '
}
metric() {
	api GET /api/metrics
	printf '%s\n' "$body" | sed -n "s/^slipway_store_$1 //p"
}

start postgres redis api serve builderd git nginx
account ann
repo shop
seq 1 3000 >"$T/src/shop/numbers.txt"
seq 3000 6000 >"$T/src/shop/more.txt"
head -c 5000 /dev/urandom >"$T/src/shop/noise.bin"
echo '<h1>one</h1>' >"$T/src/shop/index.html"
commit shop 'one'
api POST /api/projects "{\"slug\":\"shop\",\"repo\":\"$repo\"}"
deploy shop
is "$state" ready 'a deployment'
fsck
is "$code" 0 'all is well'
like "$out" '^1 manifests, 4 of 4 files in 256 of 256 folders; 11 blobs read, .* 0 problems, 0 repaired' 'and says what it looked at'

# A file that is gone comes back from a copy, one that rotted as well.
blob "$T/src/shop/numbers.txt" && numbers=$f
blob "$T/src/shop/more.txt" && more=$f
blob "$T/src/shop/noise.bin" && noise=$f
cp "$numbers" "$T/numbers"
rm "$numbers"
spoil "$more"
spoil "$numbers.br"
truncate -s 10 "$numbers.gz"
rm "$more.zst"
fsck
is "$code/$(echo "$out" | grep -c 'see --repair')" 1/5 'five are bad'
like "$out" "missing, of shop $deployment: see --repair" 'with whose they are'
like "$out" 'not as long as it was' 'a short one'
ok 'nothing was done' test ! -e "$numbers"
like "$(cat "$T/log/fsck.log")" '5 blobs of the store are bad' 'the log has it'
is "$(db 'SELECT bad, quarantined, never_checked FROM admin.integrity')" '5|0|0' 'so has the database'
is "$(metric bad_files)/$(metric quarantined_files)" 5/0 'and the metrics'
like "$(doctor)" '^bad .*5 files of deployments are missing or not what they were' 'the doctor says so'
like "$(doctor)" '-> slipwayctl fsck --repair' 'and the cure'
fsck --repair --json
is "$code" 0 'repaired'
is "$(echo "$out" | jq -r '[.problems[] | .repaired] | map(tostring) | join(" ")')" \
    'true true true true true' 'all five'
ok 'the file is as it was' cmp "$numbers" "$T/numbers"
is "$(stat -c %U "$numbers" 2>/dev/null)" "$(stat -c %U "$noise")" 'and as all others are'
is "$(find "$T/state/blobs/quarantine" -type f | wc -l)" 3 'what was bad is kept'
is "$(metric bad_files)/$(metric quarantined_files)" 0/3 'the metrics know'
like "$(doctor)" '^hint .*3 files were not what they should be, and are set aside' 'and the doctor'
rm -r "$T/state/blobs/quarantine"

# In portions: what was looked at longest ago is first.
is "$(for m in 0 '' x 1x -1 10081; do fsck --minutes "$m"; printf '%s ' $code; done)" '2 2 2 2 2 2 ' 'minutes are a number'
db "UPDATE store_folders SET checked_at = now() - interval '31 days' WHERE folder < 128;
    UPDATE deployments SET finished_at = now() - interval '40 days'" >/dev/null
like "$(doctor)" "^hint .*not all files were looked at since $(date -d '31 days ago' +%F)" 'that nobody looks'
is "$(($(metric check_age_seconds) / 86400))" 31 'shows, too'
db "UPDATE store_folders SET checked_at = NULL WHERE folder = 7" >/dev/null
is "$(($(metric check_age_seconds) / 86400))" 40 'never is as old as the first deployment'
fsck --minutes 60
is "$code" 0 'all is well again'
like "$out" '4 of 4 files in 256 of 256 folders' 'an hour is enough for all'
is "$(db "SELECT count(*) FROM store_folders WHERE checked_at > now() - interval '1 hour'")" 256 'each has its time'
like "$(doctor)" '^good ' 'and the doctor is content'
is "$(($(metric check_age_seconds) / 86400))" 0 'as the metrics are'
site shop /numbers.txt -H 'Accept-Encoding: gzip' --compressed
is "$status/$(sha256sum <"$T/body")" "200/$(sha256sum <"$T/numbers")" 'and it is served'

# Copies that are good, and not as long as a manifest says.
packs() {
	n=$((n + 1)) # the front server keeps answers for a second
	site shop "/$1?$n" -H "Accept-Encoding: $2" --compressed
	is "$status/$(header Content-Encoding)/$(sha256sum <"$T/body")" "200/$3/$(sha256sum <"$T/src/shop/$1")" "$4"
}
gzip -1c <"$numbers" >"$numbers.gz"
packs numbers.txt gzip '' 'one of another length is not served'
fsck
is "$code" 1 'it is bad'
like "$out" '^[0-9a-f]+.gz not as long as it was, .*see --repair' 'as one as long can be made'
fsck --repair
is "$code" 0 'it is'
packs numbers.txt gzip gzip 'and is served again'

# The length of one that was spoiled is what the next manifest has.
truncate -s 10 "$numbers.br"
echo two >"$T/src/shop/two.html"
commit shop 'two'
deploy shop
fsck
is "$code/$(echo "$out" | grep -c '^[0-9a-f]*\.br not what it was')" 1/1 'nobody is taken in by the second'
fsck --repair
is "$code" 0 'it is repaired, by the first'
fsck
is "$code" 0 'to the content of both'
packs numbers.txt br '' 'who has a wrong length serves the file'

# Another version of a library packs the same text in another way.
mkdir "$T/other"
cp "$numbers" "$T/other/numbers.txt"
seq 6000 9000 >"$T/other/last.txt"
api POST /api/projects "{\"slug\":\"other\",\"repo\":\"$repo\"}"
shops=$deployment
release other "$T/other"
fsck
is "$code" 0 'manifests may disagree'
blob "$T/other/last.txt" && last=$f
cp "$last.br" "$T/last.br"
spoil "$last.br"
fsck
is "$code/$(echo "$out" | grep -c "of other $deployment")" 1/1 'a copy that nobody can make again is bad'
fsck --repair
is "$code" 0 'and replaced'
ok 'by another' test "$(stat -c %s "$last.br")" != "$(stat -c %s "$T/last.br")"
fsck
is "$code" 0 'which is good'
rm "$last"
fsck --repair
is "$code" 0 'as good as any'
ok 'to make the file of it' cmp "$last" "$T/other/last.txt"
site other /last.txt -H 'Accept-Encoding: br'
is "$status/$(header Content-Encoding)/$(sha256sum <"$T/body")" "200//$(sha256sum <"$T/other/last.txt")" 'which is served'
rm -r "$T/state/blobs/quarantine"

# Of what has no copy nothing can be made; it stays what it is.
spoil "$noise"
fsck --repair
is "$code" 1 'without a copy there is no cure'
like "$out" 'no good copy is left; redeploy it' 'it says which there is'
ok 'it is where it was' test -e "$noise"
rm "$noise"
site shop /noise.bin
like "$status" '^(404|500)$' 'that file is missed'
site shop /
is "$status" 200 'and no other'

# A manifest is the plan of all.
m=$(db "SELECT manifest FROM deployments WHERE id = '$shops'")
spoil "$T/state/blobs/$(echo "$m" | cut -c1-2)/$(echo "$m" | cut -c3-)"
fsck
is "$code" 1 'a manifest that rotted'
like "$out" "^$m not what it was, of shop $shops" 'is found'

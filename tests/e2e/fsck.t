#!/bin/sh
# fsck: finds what is not as it was, and repairs it from copies; one site's
# trouble is not another's.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 22

fsck() {
	out=$("$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" \
	    -d "host=$T/run dbname=slipway" fsck "$@" 2>"$T/log/fsck.log")
	code=$?
}
# blob FILE [SUFFIX]: where the store has it; $f.
blob() {
	sum=$(sha256sum <"$1" | cut -c1-64)
	f=$T/state/blobs/$(echo "$sum" | cut -c1-2)/$(echo "$sum" | cut -c3-)$2
}
# spoil FILE: one byte of it.
spoil() {
	printf '\377' | dd of="$1" bs=1 seek=20 conv=notrunc 2>/dev/null
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
like "$out" '^1 manifests, 4 files; 11 blobs read, .* 0 problems, 0 repaired' 'and says what it looked at'

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
fsck --repair --json
is "$code" 0 'repaired'
is "$(echo "$out" | jq -r '[.problems[] | .repaired] | map(tostring) | join(" ")')" \
    'true true true true true' 'all five'
ok 'the file is as it was' cmp "$numbers" "$T/numbers"
is "$(stat -c %U "$numbers" 2>/dev/null)" "$(stat -c %U "$noise")" 'and as all others are'
is "$(find "$T/state/blobs/quarantine" -type f | wc -l)" 3 'what was bad is kept'
fsck
is "$code" 0 'all is well again'
site shop /numbers.txt -H 'Accept-Encoding: gzip' --compressed
is "$status/$(sha256sum <"$T/body")" "200/$(sha256sum <"$T/numbers")" 'and it is served'

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
m=$(db "SELECT manifest FROM deployments WHERE id = '$deployment'")
spoil "$T/state/blobs/$(echo "$m" | cut -c1-2)/$(echo "$m" | cut -c3-)"
fsck
is "$code" 1 'a manifest that rotted'
like "$out" "^$m not what it was, of shop $deployment" 'is found'

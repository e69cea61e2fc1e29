#!/bin/sh
# What a deployment is made of: its files, what differs from another's, and all
# of them as one archive.
. "${srcdir:-.}/tests/e2e/lib.sh"
conf downloads-at-once 4
conf signup-rate 100
start postgres redis api nginx
account ann
api POST /api/projects '{"slug":"shop","repo":"https://git.example/shop.git"}'

# Names of all kinds; what tar has to say otherwise is long, or not ASCII.
long=$(printf '%0150d' 1)
mkdir -p "$T/one/css" "$T/one/$long/$long"
echo '<h1>One</h1>' >"$T/one/index.html"
echo 'p {}' >"$T/one/css/site.css"
echo old >"$T/one/old.txt"
echo 'ü' >"$T/one/Grüße aus Köln.html"
echo long >"$T/one/$long/$long/it"
: >"$T/one/empty"
head -c 1536 /dev/zero >"$T/one/blocks"
head -c 3000000 /dev/urandom >"$T/one/large.bin"
cp -a "$T/one" "$T/two"
echo '<h1>Two</h1> is longer' >"$T/two/index.html"
rm "$T/two/old.txt"
echo new >"$T/two/css/new.css"
release shop "$T/one"
one=$deployment
release shop "$T/two"
two=$deployment
release shop "$T/two" preview
three=$deployment

# ---- the list ---------------------------------------------------------------

(cd "$T/one" && find . -type f | sed 's,^[.],,' | sort) >"$T/names"
api GET "/api/deployments/$one/files"
is "$status" 200 'a list of files'
is "$(json '.files[].path' | sort)" "$(cat "$T/names")" 'is all of them'
is "$(json .count)/$(json .bytes)" "8/$(cat "$T"/one/* "$T"/one/*/* "$T/one/$long/$long/it" 2>/dev/null | wc -c)" 'with totals'
is "$(json '.files[] | select(.path == "/large.bin").sha256')" \
    "$(sha256sum <"$T/one/large.bin" | cut -d' ' -f1)" 'and hashes'
all=$(json '.files[].path')
api GET "/api/deployments/$one/files?limit=3"
paged=$(json '.files[].path')
while [ "$status" = 200 ] && [ "$(json .next)" != null ]; do
	api GET "/api/deployments/$one/files?limit=3&cursor=$(json .next)"
	paged="$paged
$(json '.files[].path')"
done
is "$paged" "$all" 'in pages'
api GET "/api/deployments/$one/files?limit=1001"
is "$status" 422 'of a bounded size'

# ---- what differs -----------------------------------------------------------

changes='.changes[] | "\(.change) \(.path) \(.before.size // "-") \(.after.size // "-")"'
want='added /css/new.css - 4
changed /index.html 13 23
removed /old.txt 4 -'
api GET "/api/deployments/$two/diff?against=$one"
is "$status" 200 'a diff'
is "$(json "$changes")" "$want" 'says what was added, changed and removed'
is "$(json '.totals | "\(.added.files) \(.changed.files) \(.removed.files) \(.unchanged.files) \(.after - .before)"')" \
    '1 1 1 6 10' 'and sums it up'
is "$(json '.changes[1].after.sha256')" "$(sha256sum <"$T/two/index.html" | cut -d' ' -f1)" 'with hashes'
api GET "/api/deployments/$one/diff"
is "$(json .from)/$(json '.changes | length')" "$two/3" 'against what is live, if nothing is named'
api GET "/api/deployments/$two/diff"
is "$(json .from)" "$one" 'what is live against the one before'
api GET "/api/deployments/$three/diff"
is "$(json .from)/$(json '.changes | length')" "$two/0" 'nothing differs'
api GET "/api/deployments/$two/diff?against=$one&limit=2"
is "$(json '.changes | length')" 2 'a page'
next=$(json .next)
db "UPDATE projects SET live_deployment = '$three'" >/dev/null
api GET "/api/deployments/$two/diff?limit=2&cursor=$next"
is "$(json '.changes[].path')/$(json .next)/$(json .from)" "/old.txt/null/$one" \
    'and the next, of the same two whatever is live meanwhile'
db "UPDATE projects SET live_deployment = '$two'" >/dev/null
api GET "/api/deployments/$two/diff?against=dpl_aaaaaaaaaaaa"
is "$status/$(json '.errors[0].field')" 422/against 'against nothing that is known'
api POST /api/projects '{"slug":"first","repo":"https://git.example/shop.git"}'
release first "$T/one"
api GET "/api/deployments/$deployment/diff"
is "$(json .from)/$(json .totals.added.files)" null/8 'in the first of all, everything is added'

# ---- the archive ------------------------------------------------------------

# fetch DEPLOYMENT FILE
fetch() {
	api GET "/api/deployments/$1/archive.tar" ''
	mv "$T/body" "$2"
}
fetch "$one" "$T/one.tar"
is "$status" 200 'an archive'
is "$(header content-type)" application/x-tar 'of its type'
like "$(header content-disposition)" "filename=\"shop-$one.tar\"" 'with a name'
is "$(header content-length)" "$(stat -c %s "$T/one.tar")" 'of the length it says'
for how in 'tar -xf' 'bsdtar -xf' 'python3 -m tarfile -e'; do
	command -v "${how%% *}" >/dev/null || continue
	rm -rf "$T/out"
	mkdir "$T/out"
	(cd "$T/out" && $how "$T/one.tar") 2>"$T/said"
	is "$(diff -r "$T/one" "$T/out" 2>&1; cat "$T/said")" '' "$how takes it, without a word"
done
is "$(cd "$T/out" && TZ=UTC tar -tvf "$T/one.tar" | awk '{ print $1, $2, $4 }' | sort -u)" \
    '-rw-r--r-- 0/0 2023-11-14' 'modes, owners and times are the same for all'
fetch "$one" "$T/again.tar"
ok 'and again it is the same' cmp "$T/one.tar" "$T/again.tar"
api GET "/api/deployments/$one/archive.tar" '' --head
is "$status/$(header content-length)" "200/$(stat -c %s "$T/one.tar")" 'HEAD says how long it is'

# Whose files are not there.
api POST /api/projects/shop/deployments '{}'
queued=$(json .id)
for what in files diff archive.tar; do
	api GET "/api/deployments/$queued/$what"
	is "$status/$(json .detail)" '409/It is queued, and has no files yet.' "$what of what is queued"
done
db "UPDATE deployments SET deleted_at = now() WHERE id = '$three'" >/dev/null
api GET "/api/deployments/$three/archive.tar"
is "$status/$(json .detail | cut -c1-15)" '409/It was deleted:' 'or deleted'
api GET "/api/deployments/$two/diff?against=$three"
is "$status" 409 'or compared with it'

# A blob that is gone: the archive is cut, and the client sees that.
blob "$T/one/large.bin"
mv "$f" "$T/blob"
fetch "$one" "$T/cut.tar"
like "$(tail -1 "$T/log/curl.log")" 'curl: \((18|92)\)' 'a transfer that was cut is known as one'
like "$(tail -3 "$T/log/api.log")" "blob $sum: not_found" 'and why'
mv "$T/blob" "$f"

# Clients that do not take it hold places, and no worker.
head -c 60000000 /dev/zero >"$T/one/zero.bin"
release shop "$T/one"
big=$deployment
# All of them first: who stands still is given up after 30 seconds.
for u in ben eve dan fay; do
	account "$u"
	api POST /api/projects "{\"slug\":\"$u-s\",\"repo\":\"https://git.example/shop.git\"}"
	release "$u-s" "$T/one"
	eval "of_$u=\$deployment"
done
slow=
# hold N DEPLOYMENT FROM: a client that takes the beginning, and stands still.
hold() {
	mkfifo "$T/slow$1"
	curl -sS -N --max-time 600 --interface "$3" -H "Authorization: Bearer $token" \
	    --output "$T/slow$1" \
	    "http://localhost:$port/api/deployments/$2/archive.tar" 2>>"$T/log/curl.log" &
	slow="$slow $!"
}
held() {
	head -c 10000 <&"$1" | wc -c
}
become ann
hold 1 "$big" 127.0.0.1
exec 7<"$T/slow1"
head -c 10000 <&7 >/dev/null
api GET "/api/deployments/$big/archive.tar"
is "$status/$(header retry-after)" 503/10 'of four places a team has one'
like "$(json .detail)" 'Your team or your network .* downloads-at-once' 'says whose limit it is'
# Whoever may make accounts makes many, and has still one address.
become ben
hold 2 "$of_ben" 127.0.0.1
exec 8<"$T/slow2"
is "$(held 8)" 10000 'another team has another'
become eve
api GET "/api/deployments/$of_eve/archive.tar"
is "$status/$(header retry-after)" 503/10 'and a third of the same address none'
hold 3 "$of_eve" 127.0.0.2
exec 9<"$T/slow3"
is "$(held 9)" 10000 'but from elsewhere'
become dan
hold 4 "$of_dan" 127.0.0.3
exec 6<"$T/slow4"
is "$(held 6)" 10000 'as has a fourth'
# What is full stands still.
become fay
api GET "/api/deployments/$of_fay/archive.tar" '' --interface 127.0.0.4
is "$status/$(header retry-after)" 503/10 'no more than downloads-at-once'
like "$(json .detail)" '^As many .*downloads-at-once' 'says which limit it is'
become ann
n=0
while [ $n -lt 10 ] && api GET /api/auth/me && [ "$status" = 200 ]; do n=$((n + 1)); done
is "$n" 10 'others are answered meanwhile'
is "$(for p in $(children "$(pid_of api)"); do children "$p"; done | wc -w)" 4 'by processes of their own'
worst=$(for p in $(children "$(pid_of api)"); do
	for q in $(children "$p"); do awk '/^Private/ { n += $2 } END { print n }' "/proc/$q/smaps_rollup"; done
done | sort -n | tail -1)
ok "which take little memory: $worst KiB of 60 MB" test "$worst" -lt 8192
exec 6<&- 7<&- 8<&- 9<&-
# shellcheck disable=SC2086
wait $slow 2>/dev/null
soon
until api GET "/api/deployments/$big/archive.tar" && [ "$status" = 200 ] || late; do :; done
is "$(stat -c %s "$T/body")" "$(header content-length)" 'a place that was left is taken again'

# The other web server streams it, too.
stop nginx
start lighttpd
fetch "$one" "$T/lighttpd.tar"
ok 'the same through lighttpd' cmp "$T/one.tar" "$T/lighttpd.tar"
exit 0

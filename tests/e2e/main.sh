# main.sh -- the main job, behind $front: a Git URL becomes a live site, a
# change follows, and it is taken back.  Run by main.t and main-lighttpd.t.
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$front" = nginx ] || conf sendfile xsendfile
start postgres redis api serve builderd git "$front"

account ann
api GET /
is "$status" 404 'the host of the API has no files'
repo site
cp -R "$srcdir/examples/plain-html/." "$T/src/site"
seq 1 5000 >"$T/src/site/numbers.txt"
head -c 700000 /dev/urandom >"$T/src/site/large.bin"
commit site 'Begin'
first_commit=$commit

api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"
is "$status" 201 'a project'
is "$(json .url)" "http://site.localhost:$port" 'knows where it will be'
site site /
is "$status" 404 'nothing is there yet'

deploy site
first=$deployment
is "$state" ready 'deployed'
is "$(json .commit)" "$first_commit" 'from the newest commit'
is "$(json .commit_message)" Begin 'with its message'
is "$(json .target)" production 'to production'
is "$(json .live)" true 'and live'
like "$log" 'publish' 'the log says what happened'

# A browser.
site site /
is "$status" 200 'the site is there'
ok 'byte for byte' cmp "$T/body" "$T/src/site/index.html"
is "$(header Content-Type)" 'text/html; charset=utf-8' 'as HTML'
is "$(header Cache-Control)" 'public, max-age=0, must-revalidate' 'to be asked for again'
is "$(header X-Content-Type-Options)" nosniff 'and not guessed at'
etag=$(header ETag)
like "$etag" '^"[^"]+"$' 'with a strong ETag'
site site / -H "If-None-Match: \"other\", $etag"
is "$status" 304 'not modified'
site site / -I
is "$status" 200 'HEAD'
is "$(header Content-Length)" "$(wc -c <"$T/src/site/index.html")" 'says how long it would be'
site site / -X POST -d x
is "$status" 405 'POST is not for sites'
site site /css/site.css
is "$(header Content-Type)" 'text/css; charset=utf-8' 'CSS is CSS'
site site /notes/
ok 'a folder shows its index' cmp "$T/body" "$T/src/site/notes/index.html"
site site /notes
like "$status" '^30[178]$' 'without the slash it is sent there'
site site /notes/first
ok 'a clean URL' cmp "$T/body" "$T/src/site/notes/first.html"
site site /nowhere
is "$status" 404 'what is not there'
ok 'shows 404.html' cmp "$T/body" "$T/src/site/404.html"
site site /numbers.txt --compressed
ok 'compressed, it is the same' cmp "$T/body" "$T/src/site/numbers.txt"
for e in br gzip zstd; do
	site site /numbers.txt -H "Accept-Encoding: $e"
	is "$(header Content-Encoding)" $e "by $e"
done
like "$(header Vary)" 'Accept-Encoding' 'and caches are told'
site site /numbers.txt -r 10-19
is "$status" 206 'a range'
is "$body" "$(tail -c +11 "$T/src/site/numbers.txt" | head -c 10)" 'is those bytes'
site site /large.bin
is "$status" 200 'a file that goes by sendfile'
ok 'byte for byte too' cmp "$T/body" "$T/src/site/large.bin"
isnt "$(header ETag)" '' 'with its ETag'
site site /large.bin -r 500000-500009
is "$status" 206 'and in ranges'
ok 'of the right bytes' sh -c "tail -c +500001 '$T/src/site/large.bin' | head -c 10 | cmp - '$T/body'"
for path in /../../../etc/passwd /%2e%2e/%2e%2e/etc/passwd /..%2f..%2fetc/passwd '/css/..%5c..%5c' /%00; do
	site site "$path"
	like "$status" '^(400|404)$' "$path leads nowhere"
done

# A change.
echo '<h1>Second</h1>' >"$T/src/site/index.html"
commit site 'Change'
deploy site
second=$deployment
is "$state" ready 'deployed again'
# shows TEXT: ask until it is there; nginx keeps what it has for one second.
shows() {
	try=0
	site site /
	while [ $try -lt 20 ] && ! grep -q "$1" "$T/body"; do
		sleep 0.1
		site site /
		try=$((try + 1))
	done
}
shows Second
like "$body" Second 'the change is live'
site "${first#dpl_}--site" /
like "$status/$body" '^200.*' 'the first is still there'
unlike "$body" Second 'as it was'
is "$(header X-Robots-Tag)" noindex 'and not for search engines'

# A branch.
echo '<h1>Try</h1>' >"$T/src/site/index.html"
commit site 'Try' feature/new
deploy site '{"branch":"feature/new"}'
is "$(json .state)/$(json .target)" ready/preview 'a branch is a preview'
branch_url=$(json .branch_url)
status=$(curl -sS -o "$T/body" -w '%{http_code}' "$branch_url")
like "$status $(cat "$T/body")" '^200 .*Try' 'at a host of its own'
site site /
like "$body" Second 'and production is as it was'

deploy site '{"branch":"main"}'
is "$(json .state)/$(json .target)" ready/production 'the default branch, by name, is production'

# Back.
api POST "/api/deployments/$first/promote"
is "$status" 200 'rolled back'
shows 'lang="en"'
unlike "$body" Second 'the first is live again'
api GET /api/projects/site
is "$(json .live.id)" "$first" 'and the project says so'
api PUT /api/projects/site/aliases/beta "{\"deployment\":\"$second\"}"
site beta--site /
like "$status $body" '^200 .*Second' 'an alias shows what it points at'

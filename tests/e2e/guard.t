#!/bin/sh
# A password holds without PostgreSQL from when fcgi-serve has heard of it, in
# every worker and across a restart; also one that was set while it could not
# hear, as soon as it has been connected since.  What only showed something new
# is still served as it was last known (SEC-95, SEC-96).
. "${srcdir:-.}/tests/e2e/lib.sh"
cache=off
start_serve() {
	prepare
	run serve "$builddir/fcgi-serve/fcgi-serve" -v -f "$T/slipway.conf"
}
start postgres redis api nginx
account ann
# sites NAME ...: projects of one page each.
sites() {
	for s in "$@"; do
		api POST /api/projects "{\"slug\":\"$s\",\"repo\":\"https://git.example/$s.git\"}"
		mkdir "$T/$s"
		echo "secret $s" >"$T/$s/index.html"
		release "$s" "$T/$s"
	done
}
sites news shop blog
preview=${deployment#dpl_}--blog
db "INSERT INTO domains (team_id, project_id, host, verified_at)
    SELECT team_id, id, 'shop.example', now() FROM projects WHERE slug = 'shop'"
start serve

# domain: as site, a host of the project's own.
domain() {
	status=$(curl -sS -o "$T/body" -D "$T/headers" -w '%{http_code}' \
	    -H 'Host: shop.example' "$@" "http://127.0.0.1:$port/" 2>>"$T/log/curl.log")
	body=$(tr -d '\0' <"$T/body")
}
# all COMMAND ...: in both workers, since one of them has each request.
all() {
	for i in 1 2 3 4 5 6 7 8; do
		"$@"
		echo "$status $(header Retry-After)"
	done | sort -u | xargs
}
# files N WHAT [COMMAND]: waits until so many hosts are known on disk; by asking
# again, where what is written while news come in is taken away.
files() {
	tries=0
	until [ "$(ls "$T/state/routes" | wc -l)" = "$1" ] || [ $((tries += 1)) = 500 ]; do
		${3:-sleep 0.01}
	done
	is "$(ls "$T/state/routes" | wc -l)" "$1" "$2"
}
protect() {
	api PUT "/api/projects/$1/protection" "{\"hosts\":\"$2\",\"password\":\"open sesame\"}"
	is "$status" 200 "$1: a password for $2"
}

for h in news shop blog "$preview"; do
	is "$(all site "$h" /)" 200 "$h: open"
done
is "$(all domain)" 200 'and so is a domain'
files 5 'five hosts are known'

# ---- heard, and PostgreSQL gone before anybody asked ------------------------------
protect shop all
files 3 'who hears of it forgets what it had on disk'
kill_hard postgres
is "$(all site shop /)" '503 2' 'without PostgreSQL: not by what workers knew'
is "$(all domain)" '503 2' 'nor at the domain'
unlike "$(cat "$T/body")" secret 'nothing of it is given'
is "$(all site blog /)" 200 'others are served'
stop serve
start serve
is "$(all site shop /)" '503 2' 'nor after a restart'
is "$(all site blog /)" 200 'others are'

# ---- and back ---------------------------------------------------------------------
start postgres
site shop /
tries=0
until [ "$status" != 503 ] || [ $((tries += 1)) = 200 ]; do
	sleep 0.05
	site shop /
done
is "$(all site shop /)" 401 'with PostgreSQL the password is asked for'
is "$(all domain)" 401 'at the domain, too'
# both: is asked at both of its hosts.
both() {
	site shop /
	domain
}
files 5 'and both are known as they are now' both
kill_hard postgres
is "$(all site shop /)" 401 'without it once more: still'
stop serve
start serve
is "$(all site shop /)$(all domain)" 401401 'and after a restart'

# ---- not heard ----------------------------------------------------------------------
stop serve
start postgres
protect blog previews
start serve
files 4 'what was missed is found out at once: one host shows too much'
kill_hard postgres
is "$(all site "$preview" /)" '503 2' 'which is not served without PostgreSQL'
is "$(all site blog /)" 200 'production is, which is open'
is "$(all site shop /)" 401 'and so is what had its password before'
stop serve
start postgres
api POST /api/projects/shop/protection/tokens '{"name":"ci"}'
ci=$(json .token)
start serve
is "$(all site shop / -H "X-Slipway-Token: $ci")" 200 'a token'
is "$(all domain -H "X-Slipway-Token: $ci")" 200 'is good at all hosts'
stop serve
api POST /api/projects/shop/protection/tokens '{"name":"other"}'
protect blog all
start serve
files 3 'one more is no reason to forget, for all hosts is one'
stop serve
db "DELETE FROM protection_tokens WHERE name = 'ci'"
start serve
files 1 'one token less, too'
kill_hard postgres
is "$(all site shop / -H "X-Slipway-Token: $ci")" '503 2' 'and it lets nobody in'
stop serve

# ---- what is no longer there --------------------------------------------------------
# forgotten HOST WHAT: waits until the news of it are through, and ends PostgreSQL.
forgotten() {
	tries=0
	until grep -q "news of \"$1\"" "$T/log/serve.log" || [ $((tries += 1)) = 500 ]; do
		sleep 0.01
	done
	ok "$2 is heard of" grep "news of \"[*]$1\"" "$T/log/serve.log"
	kill_hard postgres
}
start postgres serve
sites gone moved away
gone=${deployment#dpl_}--away
db "INSERT INTO domains (team_id, project_id, host, verified_at)
    SELECT team_id, id, 'away.example', now() FROM projects WHERE slug = 'away'"
away() {
	status=$(curl -sS -o "$T/body" -D "$T/headers" -w '%{http_code}' \
	    -H 'Host: away.example' "http://127.0.0.1:$port/" 2>>"$T/log/curl.log")
}
is "$(all site gone /)$(all site moved /)$(all site away /)$(all site "$gone" /)$(all away)" \
    200200200200200 'five hosts are there'
: >"$T/log/serve.log"
api DELETE /api/projects/gone
is "$status" 204 'a project is deleted'
api PATCH /api/projects/moved '{"slug":"elsewhere"}'
is "$status" 200 'another has another name'
db "DELETE FROM domains WHERE host = 'away.example'"
forgotten away.example 'a domain that is taken away'
is "$(all site gone /)" '503 2' 'without PostgreSQL: what was deleted is not served'
is "$(all site moved /)" '503 2' 'nor what is called otherwise'
is "$(all away)" '503 2' 'nor a domain that is no more'
is "$(all site away /)$(all site "$gone" /)" 200200 'all that is left of that project is'
stop serve
start serve
is "$(all site gone /)$(all site moved /)$(all away)" '503 2503 2503 2' 'nor after a restart'
stop serve
start postgres serve
is "$(all site gone /)" 404 'with PostgreSQL it is not there'
is "$(all site away /)" 200 'and another is'
: >"$T/log/serve.log"
db "UPDATE teams SET suspended_at = now()
     WHERE id = (SELECT team_id FROM projects WHERE slug = 'away')"
forgotten away 'a team that is suspended'
is "$(all site away /)$(all site "$gone" /)" '503 2503 2' 'has no site without PostgreSQL'
stop serve
start postgres
db 'UPDATE teams SET suspended_at = NULL'
start serve
is "$(all site news /)" 200 'until it may again'
stop serve postgres

# ---- what is no news of who may look ------------------------------------------------
start postgres serve
is "$(all site news /)" 200 'asked by all workers'
: >"$T/log/serve.log"
echo 'newer news' >"$T/news/index.html"
release news "$T/news"
tries=0
until grep -q 'news of "news"' "$T/log/serve.log" || [ $((tries += 1)) = 500 ]; do
	sleep 0.01
done
ok 'a promotion is heard of' grep 'news of "news"' "$T/log/serve.log"
kill_hard postgres
is "$(all site news /) $(cat "$T/body")" '200 secret news' 'without PostgreSQL: as it was last known'
stop serve
start serve
is "$(all site news /) $(cat "$T/body")" '200 secret news' 'after a restart, too'

#!/bin/sh
# A stranger at the socket, through nginx with its cache and through lighttpd:
# requests that are none, what would be kept for others, and guesses at passwords
# (SEC-83, SEC-94, SEC-95, SEC-96, SEC-103, SEC-104).
. "${srcdir:-.}/tests/e2e/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3'
# Who asks says by a header which country this is: for the cache to be wrong.
country='$http_x_country'
conf login-rate 5
start postgres redis api nginx
plan 15
account bob
api POST /api/projects '{"slug":"foreign","repo":"https://git.example/foreign.git"}'
foreign=$(json .id)
api PUT /api/projects/foreign/env/FOREIGN '{"value":"foreign"}'
api POST /api/projects/foreign/hooks '{"url":"https://example.org/foreign","secret":"a secret of hooks"}'
foreign="$foreign $(json .id)"
api POST /api/projects/foreign/deployments '{}'
foreign="$foreign $(json .id)"
api POST /api/tokens '{"name":"foreign"}'
foreign="$foreign $(json .id)"
api GET /api/auth/me
foreign="$foreign $(json '.teams[0].id')"
account ann
for s in open other shut; do
	api POST /api/projects "{\"slug\":\"$s\",\"repo\":\"https://git.example/$s.git\"}"
	mkdir -p "$T/$s/docs" "$T/$s/basic" "$T/$s/.slipway" "$T/$s/.slipway-blobs/lost"
	says=$s
	[ "$s" != shut ] || says=secret
	echo "<p>$says" >"$T/$s/index.html"
	for f in docs/index.html basic/index.html 404.html de.html en.html app.0a1b2c3d.js \
	    .slipway/login .slipway-blobs/lost/200; do
		echo "<p>$says $f" >"$T/$s/$f"
	done
	yes "$says" | head -c 400000 >"$T/$s/large.txt"
	cat >"$T/$s/_redirects" <<-'END'
		/lang     /de.html   200!  Language=de
		/lang     /en.html   200
		/country  /de.html   200!  Country=de
		/country  /en.html   200
		/cookie   /de.html   200!  Cookie=a
		/cookie   /en.html   200
		/old/*    /docs/     301
	END
	cat >"$T/$s/_headers" <<-'END'
		/docs/*
		  Vary: X-Foo
		  X-Custom: yes
		/basic/*
		  Basic-Auth: ann:wonder
	END
	release "$s" "$T/$s"
done
api POST /api/projects '{"slug":"mine","repo":"https://git.example/mine.git"}'
mine=$(json .id)
release mine "$T/open"
api PUT /api/projects/shut/protection '{"hosts":"all","password":"open sesame & more"}'
api POST /api/projects/shut/protection/tokens '{"name":"t"}'
pass=$(json .token)
api POST /api/tokens '{"name":"all","scope":"admin"}'
all=$(json .token)
start serve

# attack SCRIPT ARGUMENT ...
attack() {
	attack_script=$srcdir/tests/e2e/$1
	shift
	python3 "$attack_script" "$@" >"$T/found" 2>&1
	attack_code=$?
	cat "$T/found"
	return $attack_code
}
# through SERVER: all of it, and nobody died of it.
through() {
	workers=$(children "$(pid_of serve)") api=$(children "$(pid_of api)")
	attack attack.py requests "$port"
	is $? 0 "$1: requests that are none have no answer, or one that is right"
	attack attack.py poison "$port" "$pass"
	is $? 0 "$1: nobody gets what another has asked for"
	attack attack.py guess "$port"
	is $? 0 "$1: passwords are not for guessing"
	# shellcheck disable=SC2086
	attack attack-api.py "$port" "$all" "$mine" "$deployment" $foreign
	is $? 0 "$1: no field of the API takes what it is not for"
	is "$(children "$(pid_of serve)") $(children "$(pid_of api)")" "$workers $api" "$1: the workers live"
}
through nginx
attack attack.py spool "$port"
is $? 0 'nginx: nobody has as much taken at once as he likes'
is "$(grep -rl secret "$T/nginx-cache" 2>/dev/null | wc -l)" 0 'nginx has kept nothing of what is protected'
stop nginx serve
start lighttpd serve
through lighttpd
like "$(grep 'GET /api/projects/AAAA' "$T/log/api.log" | tail -1)" ': 404 [0-9]+ ms$' \
    'no address is too long for a line of the log'
like "$(db "SELECT count(*) FROM projects WHERE slug = 'foreign'")" '^1$' 'nobody else'"'"'s is gone'
site shut / -H "X-Slipway-Token: $pass"
is "$status $body" '200 <p>secret' 'and who may look still may'

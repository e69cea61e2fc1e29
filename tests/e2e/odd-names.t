#!/bin/sh
# A thousand names as people and machines make them, from a Git repository to an
# address and back, through nginx and lighttpd; and addresses that mean to leave
# the site, which must not (SEC-83).  SEED=N makes other names.
. "$srcdir/tests/e2e/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3'
seed=${SEED:-1}
odd() {
	python3 "$srcdir/tests/e2e/odd-names.py" "$@" >"$T/found" 2>&1
	odd_code=$?
	cat "$T/found"
	return $odd_code
}
canary=canary
echo "$canary" >"$T/canary"

start postgres redis api serve builderd git nginx
plan 14
account ann
repo odd
echo '<p>home' >"$T/src/odd/index.html"
mkdir "$T/src/odd/docs"
echo '<p>a' >"$T/src/odd/docs/a.html"
odd make "$T/src/odd" "$seed"
note "SEED=$seed"
git -C "$T/src/odd" config core.quotePath false
commit odd 'Odd names'
echo "$canary" >"$T/state/canary"
echo "$canary" >"$T/state/blobs/canary"
api POST /api/projects "{\"slug\":\"odd\",\"repo\":\"$repo\",\"spa\":\"off\"}"
is "$status" 201 'a project'
deploy odd
is "$state" ready 'a site of a thousand odd names'
[ "$state" = ready ] || note "$log"
is "$(grep -c 'left out .*no address can name control characters' "$T/buildlog")" 6 \
    'the log names those that have no address'
unlike "$log" "$(printf '\033')" 'and not as a terminal would take it'
site odd /tab%09.html
is "$status" 400 'which they have not'

odd ask "$T/src/odd" "$port" "odd.localhost:$port"
is $? 0 'nginx: each is found by its name, and is itself'
odd uris "$srcdir/tests/e2e/uris.table" "$port" "odd.localhost:$port"
is $? 0 'nginx: no address leaves the site'
nginx_cache off
odd ask "$T/src/odd" "$port" "odd.localhost:$port"
is $? 0 'without the cache, too'
workers=$(children "$(pid_of serve)")
odd uris "$srcdir/tests/e2e/uris.table" "$port" "odd.localhost:$port"
is $? 0 'nor does an address leave the site'
is "$(children "$(pid_of serve)")" "$workers" 'and nobody died of one'

# What is no UTF-8 has no name that everybody would agree on.
repo latin
echo x >"$T/src/latin/index.html"
echo x >"$T/src/latin/$(printf 'caf\351.html')"
commit latin 'Latin 1'
api POST /api/projects "{\"slug\":\"latin\",\"repo\":\"$repo\"}"
deploy latin
is "$state" failed 'a name that is not UTF-8 fails the build'
like "$log" 'not UTF-8: caf' 'and is named'

stop nginx serve
start lighttpd serve
odd ask "$T/src/odd" "$port" "odd.localhost:$port"
is $? 0 'lighttpd: each is found by its name'
odd uris "$srcdir/tests/e2e/uris.table" "$port" "odd.localhost:$port"
is $? 0 'lighttpd: no address leaves the site'

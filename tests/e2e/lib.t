#!/bin/sh
# The tools of the other tests: servers come, are killed, come back, and go.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 8

start postgres redis
is "$(db 'SELECT count(*) FROM users')" 0 'PostgreSQL with the schema'
is "$(redis-cli -s "$T/run/redis.sock" ping)" PONG 'Redis'
was=$(pid_of postgres)
kill_hard postgres
ok 'nothing is left' test ! -e "/proc/$was"
start postgres
is "$(db 'SELECT 1')" 1 'it recovers'
stop redis
ok 'stopped' test ! -e "$T/pid/redis"

start git
repo hello
echo '<h1>hello</h1>' >"$T/src/hello/index.html"
commit hello 'begin'
is "$(git ls-remote "$repo" main | cut -f1)" "$commit" 'smart HTTP'
curl -sS "$repo/info/refs?service=git-upload-pack" -o "$T/refs"
like "$(head -c 40 "$T/refs" | tr -d '\0')" '# service=git-upload-pack' 'which is not dumb'
like "$port" '^[0-9]+$' 'a port'

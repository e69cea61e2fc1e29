#!/bin/sh
# Limits: whoever has many addresses of IPv6 is counted by the network of 48
# bits that they are in, with Redis and without.
. "$srcdir/tests/e2e/lib.sh"
conf login-rate 3
conf signup-rate 1
conf api-workers 1
start postgres redis api
plan 8

# post PATH ADDRESS EMAIL: sets $status.
post() {
	status=$("$builddir/tests/fcgi" -s "$T/run/api.sock" -p "REMOTE_ADDR=$2" \
	    -d "{\"email\":\"$3\",\"password\":\"correct horse\"}" POST "$1" \
	    2>>"$T/log/fcgi.log" | head -1)
}

# spread PATH NETWORK ALLOWED: each time another account and another network of
# 64 bits, until it is too often.  A window may end meanwhile, so there can be
# two; sets $n to how often it went well.
spread() {
	n=0
	while [ "$n" -le $(($3 * 2)) ]; do
		post "$1" "$2:$n::1" "$n@example.org"
		[ "$status" != 429 ] || break
		n=$((n + 1))
	done
}

spread /api/auth/login 2001:db8:7 48
is "$status" 429 'a network of 48 bits comes to its end'
ok 'and may try 16 times as often as one account' [ "$n" -ge 48 ]
post /api/auth/login 2001:db8:9:1::1 "$n@example.org"
is "$status" 401 'its neighbour may still try'

spread /api/auth/signup 2001:db8:7 4
is "$status" 429 'it comes to its end with signing up as well'
ok 'after four accounts' [ "$n" -ge 4 ]
post /api/auth/signup 2001:db8:9:1::1 other@example.org
is "$status" 201 'its neighbour may still sign up'

stop redis
spread /api/auth/login 2001:db8:8 48
is "$status" 429 'without Redis it comes to its end'
ok 'no earlier' [ "$n" -ge 48 ]

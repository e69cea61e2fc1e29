#!/bin/sh
# The files for nginx and lighttpd: both servers take them, they hold nothing
# that has been a hole, and every word between at-signs is explained (SEC-105).
. "$srcdir/tests/e2e/lib.sh"
plan 16

# without FILE PATTERN DESCRIPTION: comments aside.
without() {
	is "$(sed 's/^[[:space:]]*#.*//' "$srcdir/httpd-conf/$1" | grep -nE "$2")" '' "$3"
}
n=nginx.conf.in
without $n '(^|[^a-z_])rewrite[[:space:]]' 'nginx: no rewrite'
without $n '(^|[[:space:];{])map[[:space:]]+([^$]|\$([^u]|u[^p]|up[^s]))' \
    'nginx: no map of what a request says'
without $n '(^|[[:space:];{])if[[:space:]]*\(' 'nginx: no if'
without $n '(^|[[:space:]])(slice|ssi|sub_filter|perl|js_[a-z]+)[[:space:]]' 'nginx: no slice, ssi or script'
without $n '\$[0-9]|\(\?<' 'nginx: no captures'
without $n '(alias|root|fastcgi_pass)[^;]*\$' 'nginx: no path or socket from a request'
without $n 'fastcgi_split_path_info|PATH_INFO|SCRIPT_NAME' 'nginx: no arithmetic on paths'
without $n 'cache_use_stale[[:space:]]+[^o]|background_update|stale-while' \
    'nginx: nothing stale, whatever happens'
without $n 'keep_conn on|keepalive [0-9]' 'nginx: no kept connections to FastCGI'
without lighttpd.conf.in 'url\.rewrite|url\.redirect|mod_magnet|mod_ssi|mod_cgi' \
    'lighttpd: no rewrite, redirect or script'

for f in nginx.conf.in lighttpd.conf.in; do
	sed '/^#/d' "$srcdir/httpd-conf/$f" | grep -o '@[A-Z_]*@' | tr -d @ | sort -u >"$T/used"
	sed -n 's/^#	\([A-Z_][A-Z_]*\)	.*/\1/p' "$srcdir/httpd-conf/$f" | sort -u >"$T/said"
	is "$(diff "$T/used" "$T/said")" '' "$f explains what is to be filled in"
	# From the last "sed" before it.
	awk -v f="httpd-conf/$f >" '/^ *sed / { s = "" } { s = s $0 "\n" } index($0, f) { print s; exit }' \
	    "$srcdir/README.md" | grep -o 's,@[A-Z_]*@' | tr -d 's,@' | sort >"$T/filled"
	is "$(diff "$T/used" "$T/filled")" '' 'and README.md fills it in'
done

start nginx
stop nginx
start lighttpd
ok 'nginx takes it' nginx -t -c "$T/nginx.conf" -p "$T" -e "$T/log/nginx.log"
ok 'lighttpd takes it' lighttpd -tt -f "$T/lighttpd.conf"

#!/bin/sh
# What must not stand in the text.
. "${srcdir:-.}/tests/style/lib.sh"

programs() {
	sources | grep -v '^tests/'
}
# Comments and strings aside; line numbers kept.
code() {
	programs | xargs grep -nE "$1" /dev/null | grep -vE '^[^:]*:[0-9]*:[ 	]*(/?\*|//)'
}

code '\b(system|popen|wordexp|execlp|execvp|FCGX_FPrintF|FCGX_OpenSocket)[ ]?\(' |
    none 'no shell, no PATH, no private printf'
grep -rnE 'fcgi_stdio|\bFCGI_[A-Z]?[a-z]+\(' --include='*.[ch]' fcgi-api fcgi-serve lib rules site |
    none 'only fcgiapp.h'
code '\b(strn?cmp|memcmp|strcasecmp)\([^;]*\b[a-z_]*(mac|signature|secret|passw|digest|token_hash)\b' |
    none 'secrets are compared in constant time'
code '\b(PQexec|PQsendQuery)\(' | grep -vE '^cli/slipwayctl/(migrate|schema)\.c' |
    none 'no SQL made of text'
code '\bsleep\(|usleep\(' | none 'no sleep where an event can be waited for'
code '\b(TODO|FIXME|XXX|HACK)\b' | none 'nothing is left for later'
code '\bopen(at)?\([^;]*$|\bfopen\(' | grep -E 'open(at)?\(|fopen\(' |
    grep -E 'fopen\(' | grep -vE '"[rwa]\+?b?e|e"' | none 'every stream is closed on exec'
programs | xargs awk '
	/open(at)?\(/ && !/fopen|opendir|_open(at)?\(|popen|db_open|log_open/ { buf = $0; start = FNR }
	buf != "" && FNR > start { buf = buf $0 }
	buf != "" && /;/ {
		if (buf ~ /[^_a-z]open(at)?\(/ && buf ~ /O_(RDONLY|WRONLY|RDWR|PATH|CREAT)/ && buf !~ /O_CLOEXEC/)
			print FILENAME ":" start ": " buf
		buf = "" }' | none 'every descriptor is closed on exec'
code '\b(free)\(' | grep '^fcgi-api/' | grep -vE '_free\(' | none 'no free() in a handler'
# One file has the SQL of a program.
code '"[ ]*(SELECT|INSERT INTO|UPDATE|DELETE FROM) ' |
    grep -vE '^(fcgi-api|fcgi-serve|builderd|cli/slipwayctl)/(query\.c|schema\.c|migrate\.c|sql\.h)' |
    none 'SQL stands in query.c'
grep -nE '(^|[^a-z_])(rewrite|slice|ssi|split_clients)[ 	]|fastcgi_split_path_info|map .*~' \
    httpd-conf/*.conf* 2>/dev/null | grep -v '^[^:]*:[0-9]*:[ 	]*#' |
    none 'no dangerous directive in httpd-conf'
grep -rnE 'EXECUTE .*\|\|' schema/*.sql | none 'SQL in SQL only by format()'
for f in schema/*.sql; do
	awk -v f="$f" '/SECURITY DEFINER/ && !/SET search_path/ { getline more
	    if (more !~ /SET search_path/) print f ":" FNR ": " $0 }' "$f"
done | none 'functions that raise privileges pin their search path'
finish

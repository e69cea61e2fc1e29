#!/bin/sh
# slipway.conf(5) has the keys of lib/conf.c, with their defaults.
. "${srcdir:-.}/tests/style/lib.sh"

# Presets of the table, as in an installation under /usr.
sed -n '/keys\[\] = {/,/^};/p' lib/conf.c | sed -En \
    -e 's,SYSCONFDIR ",@/etc,; s,LOCALSTATEDIR ",@/var,; s,RUNSTATEDIR ",@/run,' \
    -e 's,LIBEXECDIR ",@/usr/libexec,; s,@,",' \
    -e 's/^	\{ "([a-z0-9-]+)",[^"]*"([^"]*)".*/\1 \2/p' |
    sed 's/ $/ -/' >"$scratch/code"

awk '/^\.It Ic / { key = $3 }
    /^Default: empty/ { print key, "-" }
    last == "Default:" { sub(/^\.Ql /, ""); sub(/ \.$/, ""); print key, $0 }
    { last = $0 }' man/slipway.conf.5 >"$scratch/page"

same "$scratch/code" "$scratch/page" 'keys and defaults'

# The configuration in init/ and the examples in the page are taken.
[ -x "$builddir/cli/slipwayctl/slipwayctl" ] || { finish; }
awk '/^\.Bd/ { on = 1; next } /^\.Ed/ { on = 0 } on' man/slipway.conf.5 >"$scratch/example"
"$builddir/cli/slipwayctl/slipwayctl" -f "$scratch/example" conf 2>&1 >/dev/null |
    none 'the example in the page'
finish

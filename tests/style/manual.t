#!/bin/sh
# Every page is well made, and tables in the code equal lists in the manual.
. "${srcdir:-.}/tests/style/lib.sh"
command -v mandoc >/dev/null || skip_all 'no mandoc'

pages=$(find fcgi-api fcgi-serve builderd cli httpd-conf man -name '*.[1578]' 2>/dev/null | sort)
for p in $pages; do
	# "referenced manual not found" is about pages that are not installed yet.
	mandoc -T lint -W warning "$p" 2>&1 | grep -v 'referenced manual not found' |
	    none "$p is well-formed"
done
for p in fcgi-api/fcgi-api fcgi-serve/fcgi-serve builderd/builderd; do
	[ -x "$builddir/$p" ] || continue
	{ for s in NAME SYNOPSIS DESCRIPTION SIGNALS FILES 'EXIT STATUS' DIAGNOSTICS 'SEE ALSO' SECURITY; do
		grep -q "^\.Sh $s" "$p.8" || echo "$p.8 lacks $s"
	done; } 2>&1 | none "$p.8 has the sections of a daemon"
done

# items FILE SECTION: first words of the list items of a section.
items() {
	awk -v s="$2" '/^\.Sh/ { on = index($0, s) } on && /^\.It/ { print }' "$1" |
	    sed -E 's/^\.It (Ic|Cm|Sy|Nm|Li) //; s/"//g'
}

if [ -f man/slipway.conf.5 ]; then
	sed -n '/keys\[\] = {/,/^};/s/^	{ "\([a-z0-9-]*\)",.*/\1/p' lib/conf.c >"$scratch/keys"
	grep -hE '^\.It (Ic|Cm|Sy) ' man/slipway.conf.5 | awk '{ print $3 }' >"$scratch/page"
	same "$scratch/keys" "$scratch/page" 'slipway.conf(5) has every setting'
fi

sed -n '/routes\[\] = {/,/^};/s/^	{ "\([A-Z]*\)", *"\([^"]*\)".*/\1 \2/p' fcgi-api/route.c >"$scratch/routes"
sed -n 's/^\.It Li "\([A-Z]* [^"]*\)"/\1/p' fcgi-api/fcgi-api.8 >"$scratch/page"
same "$scratch/routes" "$scratch/page" 'fcgi-api(8) has every route'
finish

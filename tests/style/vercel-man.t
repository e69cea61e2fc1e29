#!/bin/sh
# slipway-rules(7) names what vercel.c, has.c and known.c know.
. "${srcdir:-.}/tests/style/lib.sh"

sed -n '/^\.Sh VERCEL/,/^\.Sh SEE/p' man/slipway-rules.7 | tr -s ' ,.' '\n' | sort -u >"$scratch/page"
sed -n '/keys\[\] = {/,/^};/p' rules/vercel.c | sed -n '/SERVES\|IDLE/s/^	{ "\([A-Za-z]*\)",.*/\1/p' >"$scratch/keys"
sed -n '/operators\[\] = {/,/^};/s/^	{ "\([a-z]*\)",.*/\1/p;/types\[\] = {/,/^};/s/^	{ "\([a-z]*\)",.*/\1/p' rules/has.c >>"$scratch/keys"
sed -n 's/^	{ "\([a-z_]*\)",.*UNUSED.*/\1/p' rules/known.c >>"$scratch/keys"
sort -u "$scratch/keys" | comm -23 - "$scratch/page" | none 'every key, type and operator is in the manual'
[ "$(wc -l <"$scratch/keys")" -gt 40 ] || echo 'too few were found' | none 'the tables are read'
sed -n '/^\.Sh HEADERS/,/^\.Sh VERCEL/p' man/slipway-rules.7 | tr -s ' ,' '\n' | sort -u >"$scratch/page"
sed -n '/guards\[\] = {/,/};/p' rules/header.c | grep -o '"[^"]*"' | tr -d '"' | sort >"$scratch/keys"
[ "$(wc -l <"$scratch/keys")" -gt 10 ] || echo 'too few were found' | none 'the headers that guard are read'
comm -23 "$scratch/keys" "$scratch/page" | none 'and are in the manual'
finish

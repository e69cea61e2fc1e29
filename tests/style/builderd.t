#!/bin/sh
# builderd(8) lists the steps that builderd has and the ways of a deployment that
# the schema has, and slipway-frameworks(7) the frameworks that it knows.
. "${srcdir:-.}/tests/style/lib.sh"

{
	sed -n '/steps\[\] = {/,/^};/p' builderd/build.c |
	    sed -n 's/^	{ "\([a-z]*\)".*/\1/p'
	echo save
} >"$scratch/code"
sed -n '/^.Sh STEPS/,/^.El/p' builderd/builderd.8 |
    sed -n 's/^\.It Cm //p' >"$scratch/page"
same "$scratch/code" "$scratch/page" 'steps'

${AWK:-awk} -v man=1 -f builderd/frameworks.awk builderd/frameworks.def >"$scratch/code"
sed -n '/^.Sh THE FRAMEWORKS/,/^.El/p' man/slipway-frameworks.7 |
    grep '^\.It ' >"$scratch/page"
same "$scratch/code" "$scratch/page" 'frameworks'

names=$(sed -n 's/^\[\(.*\)\]$/\1/p' builderd/frameworks.def)
sed -n 's/^supersedes = //p' builderd/frameworks.def | tr ' ' '\n' | sort -u \
    >"$scratch/code"
for name in $names; do echo "$name"; done | sort >"$scratch/names"
comm -12 "$scratch/code" "$scratch/names" >"$scratch/page"
same "$scratch/code" "$scratch/page" 'what is superseded is a framework'

cat schema/*.sql | sed -n '/^INSERT INTO deployment_transitions/,/;$/p' |
    sed -En "s/^	\('([a-z]+)', '([a-z]+)', '(.*)'\)[,;]$/\1 \2 \3/p" >"$scratch/code"
sed -n '/^.Sh THE QUEUE/,/^.El/p' builderd/builderd.8 |
    sed -n 's/^\.It Li \([a-z]*\) Ta Li \([a-z]*\) Ta /\1 \2 /p' >"$scratch/page"
same "$scratch/code" "$scratch/page" 'transitions'
finish

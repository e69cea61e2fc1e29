#!/bin/sh
# builderd(8) lists the frameworks and the steps that builderd has.
. "${srcdir:-.}/tests/style/lib.sh"

sed -n '/frameworks\[\] = {/,/^};/p' builderd/framework.c |
    sed -En 's/^	\{ "([a-z-]+)",[ ]*"([^"]*)".*/\1 \2/p' >"$scratch/code"
sed -n '/^.Sh FRAMEWORKS/,/^.El/p' builderd/builderd.8 |
    sed -n 's/^\.It Li \([a-z-]*\) Ta /\1 /p' >"$scratch/page"
same "$scratch/code" "$scratch/page" 'frameworks'

{
	sed -n '/steps\[\] = {/,/^};/p' builderd/build.c |
	    sed -n 's/^	{ "\([a-z]*\)".*/\1/p'
	echo save
} >"$scratch/code"
sed -n '/^.Sh STEPS/,/^.El/p' builderd/builderd.8 |
    sed -n 's/^\.It Cm //p' >"$scratch/page"
same "$scratch/code" "$scratch/page" 'steps'
finish

#!/bin/sh
# slipwayctl(8) has the commands that slipwayctl has.
. "${srcdir:-.}/tests/style/lib.sh"

sed -nE 's/^	\{ "([a-z]+)", [a-z_]+,.*/\1/p' cli/slipwayctl/main.c >"$scratch/code"
sed -nE 's/^\.It Ic ([a-z]+).*/\1/p' cli/slipwayctl/slipwayctl.8 >"$scratch/page"
same "$scratch/code" "$scratch/page" 'commands'
finish

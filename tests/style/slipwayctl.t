#!/bin/sh
# slipwayctl(8) has the commands that slipwayctl has, and their examples.
. "${srcdir:-.}/tests/style/lib.sh"

sed -nE 's/^	\{ "([a-z]+)", [a-z_]+,.*/\1/p' cli/slipwayctl/main.c >"$scratch/code"
sed -nE 's/^\.It Ic ([a-z]+).*/\1/p' cli/slipwayctl/slipwayctl.8 >"$scratch/page"
same "$scratch/code" "$scratch/page" 'commands'
sed -nE 's/^	  "([^"]*slipwayctl [^"]*)", [01] \},$/\1/p' cli/slipwayctl/main.c >"$scratch/examples"
sed -nE 's/^# (.*slipwayctl .*)/\1/p' cli/slipwayctl/slipwayctl.8 >"$scratch/page"
same "$scratch/examples" "$scratch/page" 'examples'
sed -E 's/.*slipwayctl (-f [^ ]+ )?([a-z]+).*/\2/' "$scratch/examples" >"$scratch/page"
same "$scratch/code" "$scratch/page" 'one for each command'
finish

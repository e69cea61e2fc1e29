#!/bin/sh
# slipway(1) has the commands, options and exit statuses that slipway has.
. "${srcdir:-.}/tests/style/lib.sh"
page=cli/slipway/slipway.1

"$builddir/cli/slipway/slipway" completion list >"$scratch/code"
awk '/^\.Sh/ { on = 0; cmd = "" }
    /^\.Sh OPTIONS/ { on = 1; cmd = "-" }
    /^\.Sh COMMANDS/ { on = 1 }
    on && /^\.Ss/ { cmd = substr($0, 5); print cmd }
    on && /^\.It Fl/ {
	for (i = 1; i <= NF; i++)
		if ($i == "Fl" && $(i + 1) ~ /^-/)
			print cmd " -" $(i + 1)
    }' "$page" >"$scratch/page"
same "$scratch/code" "$scratch/page" 'commands and options'

grep -v ' -' "$scratch/code" | while read -r cmd; do
	# shellcheck disable=SC2086
	"$builddir/cli/slipway/slipway" help $cmd </dev/null | sed -n '/^Example$/{n;s/^  //p;}'
done >"$scratch/examples"
awk '/^\.Sh/ { on = /COMMANDS/ } on && sub(/^\.Dl /, "")' "$page" >"$scratch/page"
same "$scratch/examples" "$scratch/page" 'examples'

{ echo 0; echo 1; echo 130; sed -nE 's/^	\[RC_[A-Z]+\] = ([0-9]+),$/\1/p' \
    cli/slipway/main.c; } >"$scratch/code"
awk '/^\.Sh/ { on = /EXIT STATUS/ } on && /^\.It/ { print $2 }' "$page" >"$scratch/page"
same "$scratch/code" "$scratch/page" 'exit statuses'

sed -n '/settings\[\] = {/,/^};/p' cli/slipway/cmd-project.c |
    grep -o '"[a-z_]*"' | tr -d '"' >"$scratch/code"
awk '/^\.Ss project set/ { on = 1; next } /^\.S[sh]/ { on = 0 } on' "$page" |
    sed -n '/^Changes settings/,/^An empty/p' | tr -c 'a-z_\n' '\n' |
    grep -xE "$(paste -sd'|' "$scratch/code")" >"$scratch/page"
same "$scratch/code" "$scratch/page" 'settings of a project'
finish

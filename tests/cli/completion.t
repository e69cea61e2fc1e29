#!/bin/sh
# The completion scripts: bash and zsh take them, and they offer the right words.
slipway=${builddir:-.}/cli/slipway/slipway
echo 1..7
n=0
say() {
	n=$((n + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $n - $3"
	else
		echo "not ok $n - $3"
		echo "# got: $1"
	fi
}
offers() {
	bash -c 'eval "$("$0" completion bash)"; shift 0
	    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slipway
	    echo "${COMPREPLY[*]}"' "$slipway" "$@"
}
say "$(offers slipway dep)" deploy 'a command'
say "$(offers slipway deploy --pro)" '--prod --project' 'options'
say "$(offers slipway env '')" 'ls set rm' 'subcommands'
say "$(offers slipway env set --tar)" '--target' 'options of a subcommand'
say "$(offers slipway env set --target pre)" 'preview' 'values'
say "$(offers slipway help roll)" rollback 'help'
if command -v zsh >/dev/null; then
	zsh -fn -c "$("$slipway" completion zsh)" 2>&1
	say $? 0 'zsh takes its own'
else
	echo "ok 7 # SKIP no zsh here"
fi

# lib.sh -- the command line as a user has it, on top of tests/e2e/lib.sh.
slipway=$builddir/cli/slipway/slipway
url=http://localhost:$port
export HOME="$T/home" XDG_CONFIG_HOME="$T/home/config"
creds=$XDG_CONFIG_HOME/slipway/credentials.json
unset SLIPWAY_URL SLIPWAY_TOKEN NO_COLOR
calls=0

# cli STATUS DESCRIPTION ARGUMENTS: sets $out and $err.  What a command says
# wrong is one line that begins with its name.
cli() {
	want=$1 desc=$2
	shift 2
	calls=$((calls + 1))
	[ ! -t 0 ] || exec </dev/null
	"$slipway" "$@" >"$T/home/out" 2>"$T/home/err.$calls"
	got=$?
	out=$(cat "$T/home/out")
	err=$(cat "$T/home/err.$calls")
	is "$got" "$want" "$desc" || note "$err"
}

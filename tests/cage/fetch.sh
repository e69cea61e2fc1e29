# fetch.sh -- repositories behind git's own server, and slipway-fetch in a cage.
# For the tests beside it.
set -u
srcdir=$(cd "${srcdir:-.}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
PATH=$PATH:/usr/sbin:/sbin
skip() {
	echo "1..0 # SKIP $*"
	exit 0
}
[ "$(id -u)" = 0 ] || skip 'needs root'
for p in crun git lighttpd; do
	command -v $p >/dev/null || skip "needs $p"
done
T=$(mktemp -d /tmp/slipway-fetch-XXXXXX)
trap 'kill $(cat "$T/pid" "$T/ask.pid" "$T/sshd.pid" 2>/dev/null) 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 1' HUP INT PIPE TERM
n=0
is() {
	n=$((n + 1))
	[ "$1" = "$2" ] && echo "ok $n - $3" && return
	echo "not ok $n - $3"
	printf '%s\n' " got: $1" "want: $2" | sed 's/^/# /'
}
isnt() {
	n=$((n + 1))
	[ "$1" != "$2" ] && echo "ok $n - $3" || echo "not ok $n - $3"
}
has() {
	n=$((n + 1))
	case $1 in
	*"$2"*) echo "ok $n - $3" ;;
	*) echo "not ok $n - $3"
	   printf '%s\n' " got: $1" "want: $2" | sed 's/^/# /' ;;
	esac
}

port=$("$builddir/tests/e2e/daemon" port)
ask=$("$builddir/tests/e2e/daemon" port)
ssh=$("$builddir/tests/e2e/daemon" port)
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME="$T" \
    GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.org \
    GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.org
url=http://127.0.0.1:$port
cat >"$T/lighttpd.conf" <<EOC
server.modules = ("mod_alias", "mod_setenv", "mod_redirect", "mod_cgi")
server.document-root = "$T/git"
server.bind = "127.0.0.1"
server.port = $port
server.pid-file = "$T/pid"
server.errorlog = "$T/log"
url.redirect = ( "^/elsewhere/(.*)" => "http://127.0.0.1:$ask/\$1",
    "^/moved/(.*)" => "http://localhost:$port/site.git/\$1" )
alias.url = ( "/big.git/info/lfs" => "$srcdir/tests/cage/lfs.py",
    "/packs" => "$srcdir/tests/cage/packs.py",
    "/page" => "$T/page", "/" => "$(git --exec-path)/git-http-backend/" )
\$HTTP["url"] =~ "/info/lfs|^/packs" { cgi.assign = ( "" => "/usr/bin/python3" ) }
else \$HTTP["url"] !~ "^/page" { cgi.assign = ( "" => "" ) }
setenv.set-environment = ( "GIT_PROJECT_ROOT" => "$T/git",
    "GIT_HTTP_EXPORT_ALL" => "1", "GIT_CONFIG_NOSYSTEM" => "1", "HOME" => "$T", "LFS" => "$T/lfs", "PACKS" => "$T/packs",
    "ELSEWHERE" => "http://localhost:$port/packs/hit" )
EOC
mkdir "$T/git" "$T/page" "$T/state"
chmod 755 "$T"
lighttpd -f "$T/lighttpd.conf" || skip 'lighttpd does not start'
cat >"$T/conf" <<EOC
state-dir $T/state
libexec-dir $builddir/builderd
build-user 64999
build-image host
build-priority low
build-disk 64
build-inodes 2000
build-uid-base 1700000000
net-allow 127.0.0.1/32:$port 127.0.0.1/32:$ask 127.0.0.1/32:$ssh
EOC
url=http://127.0.0.1:$port
fetch() { # ORDER [PROJECT [PORT [PORT]]]
	out=$(printf "$1" | "$builddir/tests/cage/fetch" "$T/conf" \
	    "${2:-prj_aaaaaaaaaaaa}" "${3:-$port}" ${4-} 2>&1)
	code=$?
}
files() {
	tree | grep -v ' \.git\(/\|$\)'
}
# What is left of Git's own, for commands that look back (fetcher/history.c).
history() {
	tree | sed -n 's/^f .* \(\.git\/.*\)/\1/p' | xargs
}
tree() {
	echo "$out" | grep -E '^[fdl] ' |
	    sed 's/^d \([0-9]*\) [0-9]*/d \1 -/' | sort -k4
}

object() { # of $repo
	git -C "$T/git/$repo.git" hash-object -w --literally -t "$@"
}
entry() { # MODE NAME ID: one of a tree
	printf '%s %s\0' "$1" "$2"
	perl -e 'print pack "H*", shift' "$3"
}

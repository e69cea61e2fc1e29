# git.sh -- repositories, and a real smart HTTP server for them: git's own
# http-backend behind a lighttpd.  Part of lib.sh.

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null \
    GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.org \
    GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.org

git_port=$("$daemon" port)
conf net-allow "127.0.0.1/32:$git_port"

start_git() {
	cat >"$T/git.conf" <<-EOC
		server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
		server.document-root = "$T/git"
		server.bind = "127.0.0.1"
		server.port = $git_port
		server.pid-file = "$T/pid/git"
		server.errorlog = "$T/log/git.log"
		alias.url = ( "/" => "$(git --exec-path)/git-http-backend/" )
		cgi.assign = ( "" => "" )
		setenv.set-environment = (
		    "GIT_PROJECT_ROOT" => "$T/git",
		    "GIT_HTTP_EXPORT_ALL" => "1",
		    "GIT_CONFIG_NOSYSTEM" => "1",
		    "HOME" => "$T/home"
		)
	EOC
	lighttpd -f "$T/git.conf" >>"$T/log/git.log" 2>&1
}

# guarded NAME ADDRESS PORT [LINES]: the same repositories, for whoever $T/users
# has a line for; LINES are for lighttpd, too.  $T/NAME.seen has what each who
# came sent for a password.
guarded() {
	sed "s/server.bind = .*/server.bind = \"$2\"/; s/server.port = .*/server.port = $3/; s,pid/git,pid/$1,; s,log/git.log,log/$1.log,
	    s/\"mod_cgi\"/\"mod_auth\", \"mod_authn_file\", \"mod_cgi\", \"mod_accesslog\"/" \
	    "$T/git.conf" >"$T/$1.conf"
	cat >>"$T/$1.conf" <<-EOC
		auth.backend = "plain"
		auth.backend.plain.userfile = "$T/users"
		auth.require = ( "/" => ( "method" => "basic", "realm" => "git", "require" => "valid-user" ) )
		accesslog.filename = "$T/$1.seen"
		accesslog.format = "%{Authorization}i"
		${4-}
	EOC
	lighttpd -f "$T/$1.conf" >>"$T/log/$1.log" 2>&1
}

# start sshd: with a host key that is new, at $ssh_port of $ssh_host; who was
# admitted does what $T/serve does.
ssh_host=127.0.0.1
start_sshd() {
	[ "$root" = 0 ] || mkdir -p /run/sshd
	[ -e "$T/serve" ] ||
	    echo 'PATH=/usr/bin:/bin; eval "exec ${SSH_ORIGINAL_COMMAND:-false}"' >"$T/serve"
	[ -e "$T/authorized" ] || : >"$T/authorized"
	chmod 600 "$T/authorized"
	rm -f "$T/host" "$T/host.pub"
	ssh-keygen -q -t ed25519 -N '' -f "$T/host"
	cat >"$T/sshd.conf" <<-EOC
		Port $ssh_port
		ListenAddress $ssh_host
		HostKey $T/host
		PidFile $T/pid/sshd
		AuthorizedKeysFile $T/authorized
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		PermitRootLogin yes
	EOC
	"$(command -v sshd)" -f "$T/sshd.conf" -E "$T/log/sshd.log"
}

# admit KEY: and no other.
admit() {
	echo "command=\"sh $T/serve\",restrict $1" >"$T/authorized"
}

# repo NAME: makes an empty repository with a checkout in $T/src/NAME, and sets
# $repo to its URL.
repo() {
	git init -q --bare -b main "$T/git/$1.git"
	git init -q -b main "$T/src/$1"
	git -C "$T/src/$1" remote add origin "$T/git/$1.git"
	repo=http://127.0.0.1:$git_port/$1.git
}

# commit NAME MESSAGE [BRANCH]: all of $T/src/NAME; pushes it.  Sets $commit.
commit() {
	git -C "$T/src/$1" add -A
	git -C "$T/src/$1" commit -q --allow-empty -m "$2"
	git -C "$T/src/$1" push -q origin "HEAD:refs/heads/${3:-main}"
	commit=$(git -C "$T/src/$1" rev-parse HEAD)
}

# allow_registry: before start.  The npm registry may have an address that
# nothing on the public internet has.
allow_registry() {
	command -v npm >/dev/null || skip_all 'no npm'
	registry=$(npm config get registry 2>/dev/null |
	    sed -E 's,^https?://([^/:]+).*,\1,')
	addresses=$(getent ahosts "$registry" | awk '{ print $1 }' | sort -u)
	[ -n "$addresses" ] || skip_all "$registry cannot be found"
	allow=127.0.0.1/32:$git_port
	for a in $addresses; do
		case $a in
		*:*) allow="$allow $a/128" ;;
		*) allow="$allow $a/32" ;;
		esac
	done
	conf net-allow "$allow"
}

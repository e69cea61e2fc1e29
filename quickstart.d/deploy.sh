# deploy.sh -- an account, a project and its deployment, as a user would.  Part
# of quickstart.

url() {
	echo "http://localhost:$port"
}

# An account of this Slipway alone; its password is in run/slipway/account.
sign_in() {
	if [ ! -s "$in/account" ]; then
		umask 077
		od -An -N12 -tx1 /dev/urandom | tr -d ' \n' >"$in/account.new"
		echo >>"$in/account.new"
		ctl user add you@slipway.localhost --name You \
		    --password-file "$in/account.new" >"$in/log/account.log" 2>&1 || {
			cat "$in/log/account.log" >&2
			die "no account"
		}
		mv "$in/account.new" "$in/account"
		umask 022
	fi
	slipway login --url "$(url)" --email you@slipway.localhost \
	    --password-stdin <"$in/account" >"$in/log/login.log" 2>&1 || {
		cat "$in/log/login.log" >&2
		die "cannot sign in"
	}
}

# The example as a repository of its own, with a commit for each change.
publish_example() {
	g=$in/git/$example.git
	export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null \
	    GIT_AUTHOR_NAME=Slipway GIT_AUTHOR_EMAIL=slipway@localhost \
	    GIT_COMMITTER_NAME=Slipway GIT_COMMITTER_EMAIL=slipway@localhost
	if [ -d "$g" ]; then
		chown -R 0:0 "$g"
	else
		git init -q --bare -b main "$g" || die "no repository"
	fi
	export GIT_DIR="$g" GIT_WORK_TREE="$here/examples/$example"
	git add -A .
	git rev-parse -q --verify HEAD >/dev/null && git diff --cached --quiet ||
	    git commit -q -m "$example: as in the examples" || die "no commit"
	unset GIT_DIR GIT_WORK_TREE
	chown -R 64104:64104 "$g"
	repo=http://127.0.0.1:$(cat "$in/git-port")/$example.git
}

# The last part of a URL as a project's name.
slug_of() {
	s=$(basename "${1%/}" .git | tr 'A-Z' 'a-z' |
	    sed -e 's/[^a-z0-9]/-/g' -e 's/--*/-/g' -e 's/^-//' | cut -c1-40)
	s=${s%-}
	echo "${s:-site}"
}

repo_of() {
	slipway project show -p "$1" --json 2>/dev/null |
	    sed -n 's/.*"repo": *"\([^"]*\)".*/\1/p' | sed 's,\\/,/,g' | head -n 1
}

# A project of that name for that repository; $slug is its name in the end.
# With a project of that name for anything else, there is none, and it is said.
project() {
	slug=$(slug_of "$repo")
	was=$(repo_of "$slug")
	[ -n "$was" ] || ! slipway project show -p "$slug" >/dev/null 2>&1 ||
	    was="a folder"
	case $was in
	"$repo") return ;;
	'')
		mkdir -p "$in/projects/$slug"
		rm -rf "$in/projects/$slug/.slipway"
		(cd "$in/projects/$slug" &&
		    slipway init --yes --name "$slug" --repo "$repo") \
		    >"$in/log/project.log" 2>&1 && return ;;
	http://127.0.0.1:*/"$example".git)
		slipway project set -p "$slug" --repo "$repo" \
		    >"$in/log/project.log" 2>&1 && return ;;
	*)
		cat >&2 <<-EOM

			quickstart: there is a project $slug already, of $was.
			Another name, in an empty folder:
			  $here/quickstart slipway init --name NAME --repo $repo
			  $here/quickstart slipway deploy -p NAME
		EOM
		return 1 ;;
	esac
	cat "$in/log/project.log" >&2
	die "no project"
}

deploy() {
	sign_in
	if [ -z "$repo" ]; then
		publish_example
		say "deploying the example $example; ./quickstart GIT-URL deploys yours"
	else
		say "deploying $repo"
	fi
	project || {
		echo
		echo "Nothing was deployed.  Everything is up all the same."
		broken=1
		return
	}
	echo
	slipway deploy -p "$slug" >"$in/url" || {
		echo
		echo "The build failed.  Everything is up all the same."
		broken=1
		return
	}
	echo
	echo "  $(cat "$in/url")/"
	echo
	echo "  ./quickstart slipway ls -p $slug     its deployments"
	echo "  ./quickstart slipway help            everything else"
	echo
}

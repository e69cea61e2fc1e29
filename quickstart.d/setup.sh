# setup.sh -- from a fresh clone to a build.  Part of quickstart and check.

PATH=$PATH:/usr/sbin:/sbin
export PATH DEBIAN_FRONTEND=noninteractive

# wanted [MARK ...]: package names, each with the path that will do instead, or -.
wanted() {
	awk -v marks="$*" '/^[a-z0-9]/ && ($2 ~ /^(\/|$)/ || index(marks, $2)) {
		print $1, $2 ~ /^\// ? $2 : "-" }' build-deps
}

missing() {
	wanted "$@" | while read -r p instead; do
		case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
		*' installed') ;;
		*) [ -e "$instead" ] || echo "$p" ;;
		esac
	done
}

check_release() {
	[ -r /etc/os-release ] && [ -x /usr/bin/apt-get ] ||
	    die "this needs Debian 12 or 13; on another system, install what build-deps lists, then ./configure && make"
	# shellcheck disable=SC1091
	release=$(. /etc/os-release && echo "$ID $VERSION_ID")
	case $release in
	'debian 12'* | 'debian 13'*) ;;
	*) say "note: made for Debian 12 and 13, and this is $release" ;;
	esac
}

# Debian starts a server when its package is installed, unless this file says
# no.  Somebody else's is left alone.
hold_services() {
	[ ! -e /usr/sbin/policy-rc.d ] || return 0
	held=/usr/sbin/policy-rc.d
	printf '#!/bin/sh\nexit 101\n' >$held
	chmod 755 $held
}

release_services() {
	[ -z "$held" ] || rm -f "$held"
	held=
}

# configure refuses these, and make would not find its way either.
plain_path() {
	case $PWD in
	*[[:space:]:\\\"\#\$\&\'\`]*)
		die "cannot build in $PWD: its path has a blank or one of : \\ \" # \$ & ' \`; move it elsewhere" ;;
	esac
}

# What came with a package just now is not to start with the next boot either.
keep_quiet() {
	[ -d /run/systemd/system ] || return 0
	for s in nginx lighttpd redis-server postgresql; do
		case " $1 " in
		*" $s "*) systemctl --quiet disable "$s" 2>/dev/null || : ;;
		esac
	done
}

apt_install() {
	apt-get update -q
	# shellcheck disable=SC2086
	apt-get install -y -q --no-install-recommends $1
}

# install_packages [MARK ...]
install_packages() {
	need=$(missing "$@" | tr '\n' ' ')
	[ -n "$need" ] || return 0
	[ "$(id -u)" = 0 ] ||
	    die "these packages are missing, and only root can install them:
  apt-get install $need"
	free=$(df -Pm /usr | awk 'NR == 2 { print $4 }')
	[ "$free" -ge 1500 ] ||
	    die "the packages need 1500 MB in /usr, and there are $free"
	say "missing: $need"
	hold_services
	attempt "install packages" apt_install "$need"
	code=$?
	release_services
	[ $code = 0 ] || {
		tail -n 25 "$log" >&2
		die "apt-get could not install them; see $log"
	}
	keep_quiet "$need"
	case " $need " in
	*' postgresql '* | *' nginx '* | *' redis-server '* | *' lighttpd '*)
		say "the packages' own services were not started, and are not used" ;;
	esac
}

# older FILE THAN ...: is any of the others newer, or FILE not there?
older() {
	[ -e "$1" ] || return 0
	of=$1
	shift
	[ -n "$(find "$@" -newer "$of" 2>/dev/null | head -n 1)" ]
}

bootstrap() {
	! older configure configure.ac Makefile.am ||
	    phase "prepare the build" autoreconf -i
}

# compile DIR [CONFIGURE-ARGUMENT ...]
compile() {
	dir=$1
	shift
	mkdir -p "$dir"
	src=$PWD
	[ -e "$dir/Makefile" ] || phase "configure ${dir##*/}" \
	    sh -c 'cd "$1" && shift && exec "$@"' - "$dir" "$src/configure" -q "$@"
	phase "build ${dir##*/}" make -C "$dir" -j"$(nproc)"
}

# Does anybody listen on that port?
taken() {
	hex=$(printf ':%04X' "$1")
	awk -v p="$hex" '$4 == "0A" && substr($2, length($2) - 4) == p { found = 1 }
	    END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

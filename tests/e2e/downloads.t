#!/bin/sh
# What one project fetched another need not: packages by their hashes, as
# builderd has verified them, and never what a build only says they are.
. "${srcdir:-.}/tests/e2e/lib.sh"
allow_registry
conf build-slots 1
start postgres redis api serve builderd git nginx
plan 99

store=$T/state/downloads
from=$(npm config get registry)

# manager NAME PACKAGE@VERSION: what projects are installed by from now on, and
# bring along; nothing of it for npm.  Nothing is kept yet.
manager() {
	pm=$1 tool=$T/pm/$1 settings=
	rm -rf "$store"/*
	[ "$pm" != npm ] || return 0
	settings=",\"install_command\":\"node pm/bin/yarn.js install\""
	unpack "$2" "$tool"
}

# lock: makes the lock file of the project in the current folder.
lock() {
	case $pm in
	npm)
		npm install --package-lock-only --no-audit \
		    --omit-lockfile-registry-resolved=false
		return
		;;
	yarn-1)
		echo "registry \"$from\"" >.yarnrc
		HOME=$T/home node "$tool/bin/yarn.js" install --ignore-scripts
		;;
	*)
		: >yarn.lock
		printf 'npmRegistryServer: "%s"\nnodeLinker: node-modules\n' "${from%/}" >.yarnrc.yml
		HOME=$T/home node "$tool/bin/yarn.js" install --no-immutable
		;;
	esac
	rm -rf node_modules .yarn
	cp -r "$tool" pm
}

# project NAME: depends on a small package, with a lock file that says where
# it is.
project() {
	name=$pm-$1
	repo "$name"
	cat >"$T/src/$name/package.json" <<-EOT
		{ "name": "$1", "version": "1.0.0", "private": true,
		  "dependencies": { "is-number": "7.0.0" } }
	EOT
	cat >"$T/src/$name/build.js" <<-EOT
		const text = 'seven is a number: ' + require('is-number')(7);
		require('fs').mkdirSync('dist');
		require('fs').writeFileSync('dist/index.html', text);
	EOT
	(cd "$T/src/$name" && lock) >>"$T/log/lock.log" 2>&1
	commit "$name" 'Begin'
	api POST /api/projects "{\"slug\":\"$name\",\"repo\":\"$repo\",\"framework\":\"other\",\"build_command\":\"node build.js\",\"output_dir\":\"dist\"$settings}"
}

# deploy_of NAME: of that manager.
deploy_of() {
	deploy "$pm-$1"
	[ "$state" = ready ] || note "$(tail -n 30 "$T/buildlog")"
}

# hash: of the package, as the lock file of the project "one" has it.
hash() {
	case $pm in
	npm)
		jq -r '.packages["node_modules/is-number"].integrity' \
		    "$T/src/npm-one/package-lock.json" | in_hex
		;;
	yarn-1) sed -n 's/^  integrity //p' "$T/src/yarn-1-one/yarn.lock" | in_hex ;;
	*) sed -n 's,^  checksum: \(.*/\)*,,p' "$T/src/$pm-one/yarn.lock" ;;
	esac
}

in_hex() {
	sed 's/^sha512-//' | base64 -d | od -An -tx1 | tr -d ' \n'
}

files() {
	find "$store" -type f | wc -l
}

# share: what is the same for each manager; $1 is its cache in the cage.
share() {
	project one
	deploy_of one
	is "$state" ready "$pm: a project that needs a package"
	like "$log" "^network: $registry:" 'fetches it'
	project two
	deploy_of two
	is "$state" ready 'another that needs the same'
	like "$log" '^1 of 1 packages were fetched before' 'is told that it is there'
	unlike "$log" "^network: $registry:" 'and asks nobody for it'
	site "$name" /
	like "$body" 'seven is a number: true' 'but has it'

	hex=$(hash)
	kept=$store/$(echo "$hex" | sed 's,^\(..\)\(..\),\1/\2/,')
	is "$(sha512sum <"$kept" | cut -c1-128)" "$hex" 'it is kept under its hash'
	is "$(files)" 1 'and nothing else is'

	# A build that puts something else into the cache.
	project three
	cat >"$T/src/$name/build.js" <<-EOT
		const fs = require('fs'), cache = '$1';
		const walk = (d) => fs.readdirSync(d, { withFileTypes: true }).forEach((e) =>
		    e.isDirectory() ? walk(d + '/' + e.name) : (fs.rmSync(d + '/' + e.name),
		    fs.writeFileSync(d + '/' + e.name, 'evil')));
		walk(cache);
		const evil = cache + '/aa/aa';
		fs.mkdirSync(evil, { recursive: true });
		fs.writeFileSync(evil + '/' + 'a'.repeat(124), 'evil');
		let wrote = 'no';
		try { fs.writeFileSync(process.env.HOME + '/.downloads/x', 'x'); wrote = 'yes'; } catch {}
		let listed = 'no';
		try { fs.readdirSync(process.env.HOME + '/.downloads'); listed = 'yes'; } catch {}
		fs.mkdirSync('dist');
		fs.writeFileSync('dist/index.html', 'wrote ' + wrote + ' listed ' + listed);
	EOT
	commit "$name" 'Evil'
	rm "$kept"
	deploy_of three
	is "$state" ready 'a build that plants'
	site "$name" /
	like "$body" 'wrote no listed no' 'cannot write to what is kept, or list it'
	is "$(files)" 0 'and what is not what it says is not taken'

	# One that shows some registry a password: what it fetched may be for it alone.
	project secret
	echo "$login" >>"$T/src/$name/$rc"
	commit "$name" 'Log in'
	deploy_of secret
	is "$state" ready 'a build with a password'
	is "$(files)" 0 'keeps nothing for others'
	mv "$T/src/$name/$rc" "$T/src/$name/settings"
	ln -s settings "$T/src/$name/$rc"
	commit "$name" 'Hide that'
	deploy_of secret
	is "$state" ready 'and where that is behind a link'
	is "$(files)" 0 'neither'
	project url
	echo "$login_in_url" >>"$T/src/$name/$rc"
	commit "$name" 'Log in'
	deploy_of url
	is "$state" ready 'a build with a password in the URL of a registry'
	is "$(files)" 0 'nor that'
	project command
	printf '[build.environment]\nTOKEN = "abc"\n' >"$T/src/$name/netlify.toml"
	commit "$name" 'Have a secret'
	[ -n "$settings" ] || api PATCH "/api/projects/$name" '{"install_command":"npm ci"}'
	deploy_of command
	is "$state" ready 'a command of its own, with a variable of the repository'
	is "$(files)" 0 'nor what that fetches'
	deploy_of one
	project four
	deploy_of four
	is "$state" ready 'the next'
	site "$name" /
	like "$body" 'seven is a number: true' 'has what it should have'

	# Even what is damaged where it is kept only costs time.
	ok 'it was kept again' test -s "$kept"
	echo damaged >"$kept"
	project five
	deploy_of five
	site "$name" /
	like "$body" 'seven is a number: true' 'what is damaged is fetched again'
}

account ann
rc=.npmrc login='//npm.example/:_authToken=abc'
login_in_url='@ann:registry=https://ann:pw@npm.example/'
manager npm
share /home/build/.npm/_cacache/content-v2/sha512

# Yarn 1 has the same tarballs.
manager yarn-1 yarn@1.22.22
share /home/build/.yarn-mirror
project own
mkdir "$T/src/$name/mirror"
: >"$T/src/$name/mirror/keep"
echo 'yarn-offline-mirror ./mirror' >>"$T/src/$name/.yarnrc"
commit "$name" 'A mirror'
deploy_of own
is "$state" ready 'a project that has a mirror of its own'
unlike "$log" 'were fetched before' 'is left alone'
unlike "$log" 'internet connection' 'and Yarn does not miss a network that it has'
pm=npm settings=
project six
deploy_of six
is "$state" ready 'npm'
unlike "$log" "^network: $registry:" 'asks nobody for what Yarn fetched'

# Yarn 2 and later make zips of them, which their lock files name.
rc=.yarnrc.yml login='npmAuthToken: abc'
login_in_url='npmScopes: { ann: { npmRegistryServer: "https://ann:pw@npm.example" } }'
manager yarn-3 @yarnpkg/cli-dist@3.8.7
share /workspace/.yarn/cache
manager yarn-4 @yarnpkg/cli-dist@4.18.1
share /workspace/.yarn/cache
project own
echo 'cacheFolder: ./zips' >>"$T/src/$name/.yarnrc.yml"
commit "$name" 'A cache'
deploy_of own
is "$state" ready 'a project that has a cache of its own'
unlike "$log" 'were fetched before' 'is left alone'

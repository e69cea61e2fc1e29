#!/bin/sh
# What Yarn 2 and later install is kept, in node_modules or as Plug'n'Play has
# it; and where the lock file has changed, they change that.
. "${srcdir:-.}/tests/e2e/lib.sh"
allow_registry
conf build-slots 1 # so that a build begins when the one before has saved
start postgres redis api serve builderd git nginx
plan 90

from=$(npm config get registry)

# depend VERSION: the project depends on that one of a package, by its lock file.
depend() {
	cat >package.json <<-EOT
		{ "name": "$name", "version": "1.0.0", "private": true,
		  "dependencies": { "is-number": "$1", "is-odd": "3.0.1",
		    "@yarnpkg/cli-dist": "$version" },
		  "dependenciesMeta": { "is-odd": { "unplugged": true } } }
	EOT
	HOME=$T/home node .yarn/releases/yarn.js install --no-immutable
	rm -rf node_modules .pnp.* .yarn/cache .yarn/unplugged .yarn/*state* zips
	mkdir -p node_modules/.bin
	ln -s ../../.yarn/releases/yarn.js node_modules/.bin/yarn
	commit "$name" "$1"
}

# project NAME LINKER: this machine may have another Yarn than $T/yarn, or none,
# so projects bring theirs: until they have installed it, in a file.
project() {
	name=$1
	repo "$name"
	cd "$T/src/$name" || exit 99
	mkdir -p .yarn/releases
	cp "$T/yarn/bin/yarn.js" .yarn/releases/
	: >yarn.lock
	printf 'npmRegistryServer: "%s"\nnodeLinker: %s\n' "${from%/}" "$2" >.yarnrc.yml
	cat >build.js <<-EOT
		const fs = require('fs');
		fs.mkdirSync('dist');
		fs.writeFileSync('dist/index.html', 'is-number ' +
		    require('is-number/package.json').version + ', ' +
		    require('is-odd')(3) + ', evil ' + fs.existsSync('.yarn/evil'));
		fs.writeFileSync('.yarn/evil', '1');
	EOT
	api POST /api/projects "{\"slug\":\"$name\",\"repo\":\"$repo\",\"framework\":\"other\",\"build_command\":\"node .yarn/releases/yarn.js node build.js\",\"output_dir\":\"dist\"}"
}

# keeps VERSION LINKER
keeps() {
	rm -rf "$T/state/downloads"/*
	project "$2-$1" "$2"
	depend 7.0.0 >>"$T/log/yarn.log" 2>&1
	cd "$builddir" || exit 99
	deploy "$name"
	is "$state" ready "Yarn $1, $2"
	[ "$state" = ready ] || note "$(tail -n 40 "$T/buildlog")"
	like "$log" '^\$ yarn install --immutable$' 'installs'
	like "$log" "^network: $registry:" 'what it fetches'
	deploy "$name"
	is "$state" ready 'unchanged'
	[ "$state" = ready ] || note "$(tail -n 40 "$T/buildlog")"
	like "$log" 'restored, not installed' 'it is what it was'
	unlike "$log" "^network: $registry:" 'and nothing is fetched'
	site "$name" /
	is "$body" 'is-number 7.0.0, true, evil false' 'all is there, and no more'
	cd "$T/src/$name" || exit 99
	depend 6.0.0 >>"$T/log/yarn.log" 2>&1
	cd "$builddir" || exit 99
	deploy "$name"
	is "$state" ready 'a changed lock file'
	[ "$state" = ready ] || note "$(tail -n 40 "$T/buildlog")"
	like "$log" 'starting from those of an earlier build' 'starts from the nearest'
	unlike "$log" 'from nothing' 'which will do'
	site "$name" /
	is "$body" 'is-number 6.0.0, true, evil false' 'it has what that says'
	deploy "$name"
	is "$state" ready 'and once more'
	[ "$state" = ready ] || note "$(tail -n 40 "$T/buildlog")"
	like "$log" 'restored, not installed' 'that was kept'
	site "$name" /
	is "$body" 'is-number 6.0.0, true, evil false' 'as it is'
}

account ann
for version in 2.4.2 3.8.7 4.18.1; do
	unpack "@yarnpkg/cli-dist@$version" "$T/yarn"
	for linker in node-modules pnp; do
		keeps "${version%%.*}" "$linker"
	done
done

# Zips that are elsewhere are not kept, and then nothing is that needs them.
project zips pnp
echo 'cacheFolder: ./zips' >>.yarnrc.yml
depend 7.0.0 >>"$T/log/yarn.log" 2>&1
cd "$builddir" || exit 99
for time in first second; do
	deploy zips
	is "$state" ready "a folder of its own for zips, for the $time time"
	[ "$state" = ready ] || note "$(tail -n 40 "$T/buildlog")"
	unlike "$log" 'restored, not installed' 'installs'
	site zips /
	is "$body" 'is-number 7.0.0, true, evil false' 'and all is there'
done

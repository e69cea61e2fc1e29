#!/bin/sh
# What needs more than Node: built where the image has it, and told what to do
# about it where not.  IMAGES=state-dir/images/NAME is an image to try with,
# made by "slipwayctl image --node 20,22 --with hugo,jekyll,bun"; else it is this
# machine, and the package managers of an image are not tried.
. "${srcdir:-.}/tests/e2e/lib.sh"
if [ -n "$IMAGES" ]; then
	conf build-image tried
	mkdir -p "$T/state/images/tried"
	cp -al "$IMAGES"/*.sqfs "$T/state/images/tried/" 2>/dev/null ||
	    cp "$IMAGES"/*.sqfs "$T/state/images/tried/"
fi
start postgres redis api serve builderd git nginx

has() {
	if [ -n "$IMAGES" ]; then
		[ -f "$IMAGES/$1.sqfs" ]
	else
		[ -x "/usr/bin/$1" ] || [ -x "/usr/local/bin/$1" ]
	fi
}

account ann
repo hugo
mkdir -p "$T/src/hugo/layouts" "$T/src/hugo/content"
echo 'baseURL = "/"' >"$T/src/hugo/hugo.toml"
echo '<h1>{{ .Site.Title }}it is Hugo</h1>' >"$T/src/hugo/layouts/index.html"
# Read by versions that do not know hugo.toml yet, as Debian's.
cp "$T/src/hugo/hugo.toml" "$T/src/hugo/config.toml"
commit hugo 'Begin'
api POST /api/projects "{\"slug\":\"hugo\",\"repo\":\"$repo\"}"
deploy hugo
if has hugo; then
	is "$state" ready 'a site for Hugo is built'
	is "$(json .framework)" hugo 'as that'
	site hugo /
	like "$body" 'it is Hugo' 'and served'
else
	is "$state" failed 'a site for Hugo is not built without it'
	like "$(json .error)" 'the build image has no "hugo".*slipwayctl image --with hugo' \
	    'and says what to do'
fi

repo jekyll
cat >"$T/src/jekyll/_config.yml" <<'EOC'
title: it is Jekyll
EOC
printf -- '---\n---\n<h1>{{ site.title }}</h1>\n' >"$T/src/jekyll/index.html"
commit jekyll 'Begin'
api POST /api/projects "{\"slug\":\"jekyll\",\"repo\":\"$repo\"}"
deploy jekyll
if has jekyll; then
	is "$state" ready 'a site for Jekyll is built'
	is "$(json .framework)" jekyll 'as that'
	site jekyll /
	like "$body" 'it is Jekyll' 'and served'
else
	is "$state" failed 'a site for Jekyll is not built without it'
	like "$(json .error)" 'has no "jekyll".*--with jekyll' 'and says what to do'
fi

repo bun
cat >"$T/src/bun/package.json" <<'EOC'
{
  "packageManager": "bun@1.2.23",
  "scripts": { "build": "mkdir dist && echo '<h1>it is Bun' >dist/index.html" },
  "dependencies": { "lib": "file:./lib" }
}
EOC
mkdir "$T/src/bun/lib"
echo '{"name":"lib","version":"1.0.0"}' >"$T/src/bun/lib/package.json"
commit bun 'Begin'
api POST /api/projects "{\"slug\":\"bun\",\"repo\":\"$repo\"}"
deploy bun
if has bun; then
	is "$state" ready 'a project of Bun'
	like "$log" 'bun run build' 'runs its scripts by it'
else
	is "$state" failed 'a project of Bun is not built without it'
	like "$(json .error)" 'installed by bun.*--with bun' 'and says what to do'
fi

# The managers that are unpacked beside Node, each of the major that is asked for
# and not of the version: twice, as what is installed is there the second time.
managers='npm@11.0.0 pnpm@7.0.0 pnpm@8.0.0 pnpm@9.0.0 pnpm@10.0.0 pnpm@11.0.0 pnpm@12.0.0
    yarn@1.0.0 yarn@3.0.0 yarn@4.0.0'
[ -n "$IMAGES" ] || managers=
for asked in $managers; do
	name=${asked%@*} major=${asked#*@} slug=${asked%%.*}
	major=${major%%.*} slug=${slug%@*}-${slug#*@}
	repo "$slug"
	mkdir "$T/src/$slug/lib"
	echo '{"name":"lib","version":"1.0.0","main":"m.js"}' >"$T/src/$slug/lib/package.json"
	echo 'module.exports = "a lib, "' >"$T/src/$slug/lib/m.js"
	cat >"$T/src/$slug/package.json" <<-EOC
		{
		  "packageManager": "$asked",
		  "scripts": { "build": "mkdir -p dist && node b.js >dist/index.html && $name --version >>dist/index.html" },
		  "dependencies": { "lib": "file:./lib" }
		}
	EOC
	echo 'process.stdout.write(require("lib"))' >"$T/src/$slug/b.js"
	case $asked in
	yarn@[34]*)
		echo 'nodeLinker: node-modules' >"$T/src/$slug/.yarnrc.yml"
		;;
	pnpm@1*)
		cat >"$T/src/$slug/pnpm-lock.yaml" <<-'EOC'
			lockfileVersion: '9.0'
			importers:
			  .:
			    dependencies:
			      lib:
			        specifier: file:./lib
			        version: file:lib
			packages:
			  lib@file:lib:
			    resolution: {directory: lib, type: directory}
			snapshots:
			  lib@file:lib: {}
		EOC
		;;
	esac
	commit "$slug" 'Begin'
	api POST /api/projects "{\"slug\":\"$slug\",\"repo\":\"$repo\"}"
	deploy "$slug"
	own /
	like "$state $body" "^ready a lib, $major\." "$asked installs and builds"
	deploy "$slug"
	own /
	like "$state $body" "^ready a lib, $major\." 'and again'
	case $asked in
	pnpm@1*)
		unlike "$log" 'Lockfile is up to date' 'without an install'
		;;
	esac
done
# What their configuration names is what they may reach, and no more.
for slug in ${managers:+pnpm-10 pnpm-11 pnpm-12 yarn-1 yarn-3 yarn-4}; do
	echo 'registry=https://one.example/' >"$T/src/$slug/.npmrc"
	echo 'registry "https://one.example/"' >"$T/src/$slug/.yarnrc"
	printf '@own:registry=https://two.example/\n' >>"$T/src/$slug/.npmrc"
	printf '"@own:registry" "https://two.example/"\n' >>"$T/src/$slug/.yarnrc"
	cat >>"$T/src/$slug/.yarnrc.yml" <<-'EOC'
		npmRegistryServer: "https://one.example/"
		npmScopes:
		  own:
		    npmRegistryServer: "https://two.example/"
	EOC
	commit "$slug" 'Elsewhere'
	api PATCH "/api/projects/$slug" '{"network":"registries"}'
	deploy "$slug"
	limits=$(echo "$log" | grep 'network: limited')
	like "$limits" 'one\.example' "$slug finds its registry"
	like "$limits" 'two\.example' 'and that of a scope'
	unlike "$limits" 'registry\.' 'and no other'
done
if [ -n "$IMAGES" ] && [ -f "$IMAGES/node20.sqfs" ]; then
	api PATCH /api/projects/pnpm-11 '{"node_version":"20"}'
	deploy pnpm-11
	own /
	like "$state $body" '^ready a lib, 10\.' 'pnpm 11 with Node 20 is pnpm 10'
	like "$log" 'pnpm 11 needs Node 22 or newer; going on with pnpm 10' 'and says so'
fi

repo server
echo '{"dependencies":{"express":"4"},"scripts":{"start":"node server.js"}}' \
    >"$T/src/server/package.json"
echo 'require("express")().listen(80)' >"$T/src/server/server.js"
commit server 'Begin'
api POST /api/projects "{\"slug\":\"server\",\"repo\":\"$repo\"}"
deploy server
is "$state" failed 'a server is no site'
is "$(json .framework)" express 'but of a kind'
like "$(json .error)" '^this is a server \(Express\); Slipway serves static sites' \
    'and is told so'
mkdir "$T/src/server/public"
echo '<h1>a page' >"$T/src/server/public/index.html"
commit server 'Begin'
api PATCH /api/projects/server '{"output_dir":"public","install_command":"true"}'
is "$status" 200 'where it says what of it is one'
deploy server
is "$state" ready 'it is'

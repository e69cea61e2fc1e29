#!/bin/sh
# What a build leaves for the next: dependencies and the framework's cache, by
# class of deployment.  Packages are files of the repository: no registry.
. "${srcdir:-.}/tests/e2e/lib.sh"
command -v npm >/dev/null || skip_all 'no npm'
conf build-slots 2 # a build waits for what the one before saves
start postgres redis api serve builderd git nginx
plan 44

export npm_config_offline=true npm_config_audit=false npm_config_cache="$T/npm"

# package NAME VERSION: a tarball of it in the project.
package() {
	mkdir -p "$T/pack"
	echo "{\"name\":\"$1\",\"version\":\"$2\"}" >"$T/pack/package.json"
	echo "module.exports = '$1 $2'" >"$T/pack/index.js"
	(cd "$T/pack" && npm pack --pack-destination "$T/src/app") >>"$T/log/npm.log" 2>&1
}

# manifest "NAME": "FILE", ...: package.json, and its lock file.
manifest() {
	cat >"$T/src/app/package.json" <<-EOT
		{ "name": "app", "version": "1.0.0", "private": true,
		  "scripts": { "build": "node build.js", "postinstall": "echo $((8 * 5))-lifecycle" },
		  "dependencies": { $1 } }
	EOT
	(cd "$T/src/app" && npm install --package-lock-only) >>"$T/log/npm.log" 2>&1
}

account ann
repo app
package a 1.0.0
package a 1.1.0
package b 1.0.0
manifest '"a": "file:a-1.0.0.tgz", "b": "file:b-1.0.0.tgz"'
cat >"$T/src/app/build.js" <<'EOT'
const fs = require('fs');
const read = (f) => { try { return fs.readFileSync(f, 'utf8') } catch { return '0' } };
const n = Number(read('.next/cache/n')) + 1;
fs.mkdirSync('.next/cache/deep', { recursive: true });
fs.writeFileSync('.next/cache/n', String(n));
const first = read('.next/cache/first');
if (n == 1) fs.writeFileSync('.next/cache/first', 'x');
else fs.rmSync('.next/cache/first', { force: true });
fs.mkdirSync('out', { recursive: true });
fs.writeFileSync('out/index.html', [require('a'), require('b'),
    'build ' + n, 'first ' + first,
    'evil ' + read('node_modules/a/evil') + read('.next/cache/evil') +
    read(process.env.HOME + '/.npm/evil') + read('/tmp/evil')].join('\n'));
if (fs.existsSync('plant')) {
	fs.writeFileSync('node_modules/a/index.js', "module.exports = 'a is evil'");
	fs.writeFileSync('node_modules/a/evil', '1');
	fs.writeFileSync('.next/cache/evil', '1');
	fs.mkdirSync(process.env.HOME + '/.npm', { recursive: true });
	fs.writeFileSync(process.env.HOME + '/.npm/evil', '1');
	fs.writeFileSync('/tmp/evil', '1');
}
EOT
commit app 'Begin'
api POST /api/projects "{\"slug\":\"app\",\"repo\":\"$repo\",\"framework\":\"nextjs\",\"output_dir\":\"out\"}"
is "$status" 201 'a project'

deploy app
is "$state" ready 'a first build'
[ "$state" = ready ] || note "$(tail -n 30 "$T/buildlog")"
like "$log" '^\$ npm ci$' 'installs'
unlike "$log" 'cache is restored' 'with no cache, since there is none'
own /
like "$body" 'a 1.0.0' 'with what the lock file says'
like "$body" 'build 1$' 'and no memory'

deploy app
like "$log" 'restored, not installed' 'unchanged: nothing is installed'
unlike "$log" '\$ npm (ci|install)' 'by nobody'
like "$log" '40-lifecycle' 'but the scripts of the project run'
own /
like "$body" 'build 2$' 'and the framework remembers'
like "$body" 'first x' 'what it did'

deploy app
like "$log" "Next.js's cache is restored" 'it does so'
own /
like "$body" 'build 3$' 'and what it did then'
like "$body" 'first 0' 'without what it removed'

manifest '"a": "file:a-1.1.0.tgz", "b": "file:b-1.0.0.tgz"'
commit app 'Another a'
deploy app
is "$state" ready 'a changed lock file'
like "$log" 'starting from those of an earlier build' 'starts from the nearest'
like "$log" '\$ npm ci --dry-run .*npm install --no-save' 'never by npm ci over it'
like "$log" '(added|changed) 1 package|changed 1' 'which is changed where it must be'
own /
like "$body" 'a 1.1.0' 'to what the lock file says'
like "$body" 'build 4$' 'and the framework goes on'
deploy app
like "$log" 'restored, not installed' 'that was kept'
own /
like "$body" 'a 1.1.0' 'whole'
like "$body" 'b 1.0.0' 'with what did not change'
like "$body" 'build 5$' 'and the cache'

# A preview reads what production has, and writes its own.
touch "$T/src/app/plant"
commit app 'Plant' evil
deploy app '{"branch":"evil","target":"preview"}'
is "$state" ready 'a preview'
like "$log" 'restored, not installed' 'has the dependencies of production'
own /
like "$body" 'build 6$' 'and its cache'
rm "$T/src/app/plant"
commit app 'Look' evil
deploy app '{"branch":"evil","target":"preview"}'
own /
like "$body" 'build 7$' 'the next preview goes on from there'
like "$body" 'evil 0100' 'with what a preview left in its cache, and nowhere else'
manifest '"a": "file:a-1.0.0.tgz"'
echo >"$T/src/app/plant"
sed -i "s/, require('b')//" "$T/src/app/build.js"
commit app 'Plant again' evil
deploy app '{"branch":"evil","target":"preview"}'
like "$log" 'starting from' 'one that installs'
rm "$T/src/app/plant"
commit app 'Look again' evil
deploy app '{"branch":"evil","target":"preview"}'
own /
like "$body" 'a is evil' 'leaves to previews what it left'
git -C "$T/src/app" push -q -f origin HEAD:refs/heads/main
deploy app
is "$state" ready 'production'
own /
like "$body" 'a 1.0.0' 'has none of it'
like "$body" 'build 6$' 'goes on from its own'
like "$body" 'evil 0000' 'and sees no trace'

# What is nearest may not do: then from nothing; and npm ci has its word.
manifest '"a": "file:a-1.1.0.tgz"'
cat >"$T/src/app/post.js" <<'EOT'
const fs = require('fs');
const old = fs.existsSync('node_modules/old');
fs.writeFileSync('node_modules/old', '1');
process.exit(old ? 1 : 0);
EOT
sed -i 's/"postinstall": "[^"]*"/"postinstall": "node post.js"/' "$T/src/app/package.json"
commit app 'A script that wants no old modules'
deploy app
is "$state" ready 'a script of the project that runs for the first time'
package c 1.0.0
sed -i 's/"dependencies": {/& "c": "file:c-1.0.0.tgz",/' "$T/src/app/package.json"
(cd "$T/src/app" && npm install --package-lock-only --ignore-scripts) >>"$T/log/npm.log" 2>&1
commit app 'One more'
deploy app
is "$state" ready 'and again, where it cannot'
like "$log" 'installing again, from nothing' 'but from nothing'
like "$log" '^\$ npm ci$' 'as the first time'
sed -i 's/"file:a-1.1.0.tgz"/"file:a-1.0.0.tgz"/' "$T/src/app/package.json"
commit app 'A stale lock file'
deploy app
is "$state" failed 'a stale lock file fails'
like "$log" 'installing again, from nothing' 'from nothing too'
like "$log" 'npm error' 'as npm ci has it'

# As long as another build keeps something, which we do here in its place.
(cd "$T/src/app" && npm install --package-lock-only --ignore-scripts) >>"$T/log/npm.log" 2>&1
commit app 'A fresh one'
api GET /api/projects/app
exec 7<"$T/state/deps/$(json .id)"
flock -s 7
api POST /api/projects/app/deployments '{}'
waits=$(json .id)
for _ in $(seq 60); do
	api GET "/api/deployments/$waits/logs?limit=1000&wait=1"
	case $body in *'waiting for what an earlier'* | *'"done" : true'*) break ;; esac
done
like "$body" 'waiting for what an earlier build keeps' 'a build waits for that'
exec 7<&-
follow "$waits"
is "$state" ready 'and goes on when it is there'

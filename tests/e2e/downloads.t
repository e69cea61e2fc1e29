#!/bin/sh
# What one project fetched another need not: npm's packages by their hashes,
# as builderd has verified them, and never what a build only says they are.
. "${srcdir:-.}/tests/e2e/lib.sh"
allow_registry
conf build-slots 1
start postgres redis api serve builderd git nginx
plan 17

# project NAME: depends on a small package, with a lock file that says where
# it is.
project() {
	repo "$1"
	cat >"$T/src/$1/package.json" <<-EOT
		{ "name": "$1", "version": "1.0.0", "private": true,
		  "scripts": { "build": "mkdir -p dist && node build.js >dist/index.html" },
		  "dependencies": { "is-number": "7.0.0" } }
	EOT
	echo "console.log('seven is a number:', require('is-number')(7));" >"$T/src/$1/build.js"
	(cd "$T/src/$1" && npm install --package-lock-only --no-audit \
	    --omit-lockfile-registry-resolved=false) >>"$T/log/npm.log" 2>&1
	commit "$1" 'Begin'
	api POST /api/projects "{\"slug\":\"$1\",\"repo\":\"$repo\",\"framework\":\"other\",\"output_dir\":\"dist\"}"
}
account ann
project one
deploy one
is "$state" ready 'a project that needs a package'
[ "$state" = ready ] || note "$(tail -n 30 "$T/buildlog")"
like "$log" "^network: $registry:" 'fetches it'
project two
deploy two
is "$state" ready 'another that needs the same'
like "$log" '^1 of 1 packages were fetched before' 'is told that it is there'
unlike "$log" "^network: $registry:" 'and asks nobody for it'
site two /
like "$body" 'seven is a number: true' 'but has it'

hex=$(jq -r '.packages["node_modules/is-number"].integrity' "$T/src/one/package-lock.json" |
    sed 's/^sha512-//' | base64 -d | od -An -tx1 | tr -d ' \n')
kept=$T/state/downloads/$(echo "$hex" | sed 's,^\(..\)\(..\),\1/\2/,')
is "$(sha512sum <"$kept" | cut -c1-128)" "$hex" 'it is kept under its hash'
is "$(find "$T/state/downloads" -type f | wc -l)" 1 'and nothing else is'

# A build that puts something else into the cache, and into the lock file.
project three
cat >"$T/src/three/build.js" <<'EOT'
const fs = require('fs'), c = process.env.HOME + '/.npm/_cacache';
const walk = (d) => fs.readdirSync(d, { withFileTypes: true }).forEach((e) =>
    e.isDirectory() ? walk(d + '/' + e.name) : (fs.rmSync(d + '/' + e.name),
    fs.writeFileSync(d + '/' + e.name, 'evil')));
walk(c + '/content-v2/sha512');
const evil = c + '/content-v2/sha512/aa/aa';
fs.mkdirSync(evil, { recursive: true });
fs.writeFileSync(evil + '/' + 'a'.repeat(124), 'evil');
let wrote = 'no';
try { fs.writeFileSync(process.env.HOME + '/.downloads/x', 'x'); wrote = 'yes'; } catch {}
let listed = 'no';
try { fs.readdirSync(process.env.HOME + '/.downloads'); listed = 'yes'; } catch {}
console.log('wrote', wrote, 'listed', listed);
EOT
commit three 'Evil'
rm "$kept"
deploy three
is "$state" ready 'a build that plants'
site three /
like "$body" 'wrote no listed no' 'cannot write to what is kept, or list it'
is "$(find "$T/state/downloads" -type f | wc -l)" 0 'and what is not what it says is not taken'
# One that shows some registry a password: what it fetched may be for it alone.
project secret
echo '//npm.example/:_authToken=abc' >"$T/src/secret/.npmrc"
commit secret 'Log in'
deploy secret
is "$state" ready 'a build with a password'
is "$(find "$T/state/downloads" -type f | wc -l)" 0 'keeps nothing for others'
deploy one
project four
deploy four
is "$state" ready 'the next'
site four /
like "$body" 'seven is a number: true' 'has what it should have'

# Even what is damaged where it is kept only costs time.
ok 'it was kept again' test -s "$kept"
echo damaged >"$kept"
project five
deploy five
site five /
like "$body" 'seven is a number: true' 'what is damaged is fetched again'

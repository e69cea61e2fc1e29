#!/bin/sh
# A user and nothing but the command line: sign up, deploy a repository and a
# folder, look, go back, break it, sign out.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd git nginx

# cli ARGUMENT ...: in the current folder, as the user whose home is $home.
home=$T/home/ann
mkdir -p "$home"
cli() {
	HOME=$home SLIPWAY_URL=http://localhost:$port \
	    "$builddir/cli/slipway/slipway" "$@" >"$T/out" 2>"$T/err" </dev/null
	code=$?
	out=$(cat "$T/out") err=$(cat "$T/err")
}
# said CODE DESCRIPTION: the last command ended so.
said() {
	is "$code" "$1" "$2" || note "$out / $err"
}

cli whoami
isnt "$code" 0 'not signed in'
like "$err" 'slipway login' 'and told how to'
HOME=$home SLIPWAY_URL=http://localhost:$port "$builddir/cli/slipway/slipway" login --signup \
    --email ann@example.org --name Ann --password-stdin <<-EOI >"$T/out" 2>"$T/err"
	correct horse ann
EOI
code=$? out=$(cat "$T/out") err=$(cat "$T/err")
said 0 'an account'
cli whoami
is "$out" ann@example.org 'signed in'
is "$(find "$home" -name credentials.json -exec stat -c %a {} +)" 600 'the credentials are private'

# A repository.
repo shop
git -C "$T/src/shop" remote set-url origin "$repo"
git -C "$T/src/shop" remote set-url --push origin "$T/git/shop.git"
echo '<h1>One</h1>' >"$T/src/shop/index.html"
commit shop One
cd "$T/src/shop" || exit 99
cli init --yes --name shop --repo "$repo"
said 0 'init'
cli deploy
said 0 'deploy'
like "$out" "^http://.*shop\\.localhost:$port/?\$" 'prints the URL and nothing else'
like "$err" 'publish' 'and shows the log'
one=$(curl -sS "http://shop.localhost:$port/")
is "$one" '<h1>One</h1>' 'live'
echo '<h1>Two</h1>' >"$T/src/shop/index.html"
commit shop Two
cli deploy --quiet
said 0 'deploy again'
cli ls --json
is "$(printf '%s' "$out" | jq -r '.deployments | length' 2>/dev/null || printf '%s' "$out" | jq -r length)" 2 'two deployments'
two=$(printf '%s' "$out" | jq -r '.deployments[0].url')
is "$(curl -sS "$two")" '<h1>Two</h1>' 'each has its URL'
cli ls
is "$(printf '%s\n' "$out" | wc -l)" 2 'a line each'
cli rollback
said 0 'rollback'
sleep 1.1 # what the web server keeps
is "$(curl -sS "http://shop.localhost:$port/")" '<h1>One</h1>' 'the first is back'
cli logs
said 0 'logs'
like "$out" '^publish: done in' 'of the newest'
cli logs --steps
like "$out" '^publish  done in' 'with its steps, each named once'
cli logs --output "$T/its.log"
said 0 'logs --output'
like "$(cat "$T/its.log")" '^2[0-9T:.-]*Z publish  done in' 'with times and steps'
cli logs --search 'publish: done'
said 0 'logs --search'
like "$out" '^dpl_[a-z0-9]*:[0-9]*: publish: done' 'says where it is'
cli logs --search 'nobody ever said this'
said 1 'and ends with 1 where it is nowhere'
cli open
is "$out" "http://shop.localhost:$port" 'open prints the URL'

# Things that go wrong.
cli deploy --branch nowhere
is "$code" 1 'a wrong branch'
like "$err" 'nowhere' 'is named'
echo '{"scripts":{"build":"echo oh dear; exit 3"}}' >"$T/src/shop/package.json"
commit shop Break
cli deploy
is "$code" 1 'a failing build'
like "$err" 'oh dear' 'shows its last lines'
like "$err" '3' 'and its exit code'
is "$(curl -sS "http://shop.localhost:$port/")" '<h1>One</h1>' 'the site stays'
cli promote dpl_aaaaaaaaaaaa
is "$code" 1 'no such deployment'
cli nonsense
is "$code" 2 'no such command'
cli deploy --nonsense
is "$code" 2 'no such option'
mkdir "$T/other" && cd "$T/other" || exit 99
cli init --yes --name 'No Good'
isnt "$code" 0 'a bad name'
like "$err" 'a-z|lower|letters' 'says what is good'

# The environment.
cd "$T/src/shop" || exit 99
cli env set SECRET=hunter22 --target production
said 0 'env set'
cli env ls
like "$out" SECRET 'env ls has the name'
unlike "$out$err" hunter22 'and not the value'
cli env rm SECRET
said 0 'env rm'

# A folder.
mkdir -p "$T/folder/sub"
cd "$T/folder" || exit 99
echo '<h1>Folder</h1>' >index.html
echo 'p {}' >sub/a.css
cli init --yes --name folder
said 0 'init in a folder'
cli deploy
said 0 'deploy it'
is "$(curl -sS "http://folder.localhost:$port/")" '<h1>Folder</h1>' 'live'
mkdir out
echo '<h1>Prebuilt</h1>' >out/index.html
cli deploy --prebuilt=out
said 0 'deploy --prebuilt'
sleep 1.1
is "$(curl -sS "http://folder.localhost:$port/")" '<h1>Prebuilt</h1>' 'as it is'

# For programs.
cli token create --name ci --json
[ "$code" = 0 ] || cli token create ci --json
said 0 'token create'
ci=$(printf '%s' "$out" | jq -r .token)
out=$(HOME=$T/home/nobody SLIPWAY_URL=http://localhost:$port SLIPWAY_TOKEN=$ci \
    "$builddir/cli/slipway/slipway" deploy --project folder --upload --quiet 2>"$T/err" </dev/null)
like "$out" "^http://" 'a program deploys with it'
unlike "$(cat "$T/err")$(cat "$T/log/api.log" "$T/log/access.log")" "$ci" 'and it is written nowhere'

cli logout
said 0 'logout'
cli whoami
isnt "$code" 0 'signed out'
cd /

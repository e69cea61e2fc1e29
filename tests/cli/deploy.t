#!/bin/sh
# The command line from a folder and from a repository to a site, and back.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd nginx git
. "$srcdir/tests/cli/lib.sh"

cli 0 'an account' login --signup --url "$url" --email ann@example.org --password-stdin <<EOP
correct horse ann
EOP

# body URL: what a visitor sees.
body() {
	curl -sS "$1" 2>>"$T/log/curl.log"
}
# now URL TEXT DESCRIPTION: within a second or two, as caches go.
now() {
	try=0
	while [ $try -lt 30 ] && [ "$(body "$1")" != "$2" ]; do
		sleep 0.1
		try=$((try + 1))
	done
	is "$(body "$1")" "$2" "$3"
}

# A folder.
mkdir -p "$T/w/shop/sub" "$T/w/shop/node_modules/x" && cd "$T/w/shop" || exit 99
echo one >index.html
echo css >sub/a.css
cp sub/a.css sub/b.css
echo SECRET=geheim >.env
echo 'module' >node_modules/x/index.js
echo '*.log' >.gitignore
echo noise >debug.log
ln -s /etc/passwd passwd
cli 0 'deploy a folder' deploy --yes
site_url=$out
like "$err" "^$out  production\$" 'production is said where it is live'
unlike "$err" 'the newest of branch' 'and no branch where there is none'
unlike "$err" 'use -b' 'nor is one missed in production'
is "$(printf '%s\n' "$out" | wc -l)" 1 'the URL alone on standard output'
like "$out" "^http://shop\\.localhost:$port/?\$" 'of production'
like "$err" '4 files, .*; 3 new' 'same bytes travel once, and no others'
like "$err" '1 symbolic link' 'links stay, and it says so'
now "$site_url" one 'it is there'
is "$(body "${site_url%/}/sub/b.css")" css 'all of it'
is "$(curl -s -o /dev/null -w '%{http_code}' "${site_url%/}/.env")" 404 'but no secrets'
[ -z "$(find "$T/state/uploads" -type f -exec grep -l -e geheim -e noise -e module {} +)" ]
result $? 'nor were they sent'
cli 0 'ls' ls --json
first=$(printf '%s' "$out" | jq -r '.deployments[0].id')

echo two >index.html
cli 0 'again' deploy --quiet
like "$err" '; 1 new' 'what changed travels'
unlike "$err" '^(publish|collect) ' 'no log with --quiet'
now "$site_url" two 'the new one'

# Back and forth.
cli 0 'rollback' rollback
now "$site_url" one 'the one before'
cli 1 'no further back' rollback
cli 0 'promote' promote
now "$site_url" two 'the newest'
cli 0 'promote by id' promote "$first"
now "$site_url" one 'the first'
cli 1 'promote nothing' promote dpl_aaaaaaaaaaaa
cli 0 'open' open "$first"
now "$out" one 'its own URL'
cli 0 'ls' ls --limit 1
like "$out" '^dpl_[a-z0-9]*	ready	production	upload	' 'a line of cells'

# A log.
cli 0 'logs' logs
log=$out
isnt "$log" '' 'says something'
cli 0 'logs -f of one that is done' logs -f
is "$out" "$log" 'says the same'
cli 0 'logs --json' logs --json
is "$(printf '%s' "$out" | jq -r '.lines[].line')" "$log" 'as does JSON'

# As it is.
mkdir -p dist/vendor && echo prebuilt >dist/index.html
echo kept >dist/vendor/a.txt
echo vendor/ >dist/.gitignore
cat >vercel.json <<'EOP'
{"buildCommand":"exit 1","redirects":[{"source":"/old","destination":"/new","permanent":true}]}
EOP
printf '[build]\ncommand = "exit 1"\n[[redirects]]\nfrom = "/from"\nto = "/to"\n' >netlify.toml
echo '/x /y' >_redirects
cli 0 'prebuilt, preview' deploy --prebuilt=dist --preview
like "$err" '_redirects is not in dist, and is not obeyed' 'a rule file that stays behind is named'
like "$err" '^netlify.toml goes along; what it says of a build is ignored' 'one that a build would find goes along'
unlike "$err" '_headers' 'and none that is not there'
like "$err" 'netlify.toml: ignored, for nothing is built here: build.command' 'its builder says what it ignores'
like "$err" 'vercel.json: ignored, for nothing is built here: buildCommand' 'of both'
where() {
	curl -sS -o "$T/body" -w '%{http_code} %{redirect_url}' "$1" | sed 's,http://[^/]*,,'
}
is "$(where "${out%/}/old")" '308 /new' 'vercel.json is obeyed'
is "$(where "${out%/}/from")" '301 /to' 'netlify.toml as well'
is "$(where "${out%/}/vercel.json")" '404 ' 'and not published'
mkdir -p "$T/w/ci/dist" && cp netlify.toml "$T/w/ci" && cp dist/index.html "$T/w/ci/dist"
rm vercel.json netlify.toml _redirects
cd "$T/w/ci"
for way in --prebuilt=dist '--prebuilt dist'; do
	# shellcheck disable=SC2086
	cli 0 "without a link, $way" deploy -p shop $way --preview
	is "$(where "${out%/}/from")" '301 /to' 'what is beside the folder goes along'
done
cp netlify.toml dist && sed -i 's/from"/here"/' dist/netlify.toml
cli 0 'one in the folder' deploy -p shop --prebuilt=dist --preview
unlike "$err" 'goes along' 'is the one'
is "$(where "${out%/}/here")" '301 /to' 'that counts'
is "$(where "${out%/}/from")" '404 ' 'alone'
cd - >/dev/null
cli 0 'prebuilt, preview' deploy --prebuilt=dist --preview
unlike "$err" 'goes along' 'nothing goes along where nothing is'
like "$err" '^No branch is known .*use -b BRANCH' 'a preview without a branch says how it has one'
now "$out" prebuilt 'at a URL of its own'
is "$(body "${out%/}/vendor/a.txt")" kept 'what .gitignore names too'
now "$site_url" one 'production stays'
preview=$out
cli 0 'prebuilt, preview of a branch' deploy --prebuilt=dist --preview -b next
like "$err" '--shop\..*  the newest of branch next$' 'a sent folder goes by its name'
unlike "$err" 'use -b' 'and none is missed'
cli 0 'alias' alias set next "$(printf '%s' "$preview" | sed 's,.*//,,; s/--.*//')"
now "$out" prebuilt 'under a name'
cli 0 'alias ls' alias ls
like "$out" '^next	' 'listed'
cli 0 'alias rm' alias rm next
cli 1 'alias rm, once more' alias rm next
like "$err" 'there is no alias next of project [a-z0-9-]+, or' 'names alias and project'
unlike "$err" prj_ 'as people do'

# One that fails.
cat >package.json <<'EOP'
{"name":"x","scripts":{"build":"printf '\\033]0;evil\\007before\\n'; echo last words >&2; exit 7"}}
EOP
cli 1 'a build that fails' deploy
is "$out" '' 'no URL'
like "$err" 'last words' 'the log'
like "$err" '^slipway: failed: .*7' 'the reason, with its status'
like "$err" 'before' 'and what it said before'
unlike "$err" "$(printf '\033')" 'nothing that a terminal would obey'
now "$site_url" one 'production stays'
cli 1 'the same, quietly' deploy --quiet
like "$err" 'last words' 'the last lines'
cli 1 'logs -f of it' logs -f
cli 0 'logs of it' logs

# One that is stopped.
cat >package.json <<'EOP'
{"name":"x","scripts":{"build":"echo begun; sleep 60"}}
EOP
cli 0 'no-wait' deploy --no-wait
like "$out" '^dpl_[a-z0-9]{12}$' 'prints the id'
cli 0 'cancel' cancel "$out"
# interrupt OPTION: Ctrl-C once the build has begun.
interrupt() {
	rm -f "$T/home/int.err" && mkfifo "$T/home/int.err"
	env --default-signal=INT "$slipway" deploy "$@" \
	    >"$T/home/out" 2>"$T/home/int.err" &
	pid=$!
	sent= err=
	while read -r line; do
		err="$err$line
"
		case $sent$line in *begun) sent=1; kill -INT $pid ;; esac
	done <"$T/home/int.err"
	wait $pid
	got=$?
}
interrupt
is "$got" 130 'Ctrl-C'
like "$err" 'slipway cancel dpl_' 'says how to cancel'
cli 0 'cancel the newest' cancel
interrupt --cancel-on-interrupt
is "$got" 130 'Ctrl-C that cancels'
like "$err" 'Canceled dpl_' 'says so'
cli 1 'it is' logs -f
rm package.json

# A repository.
repo web
cd "$T/src/web" || exit 99
echo git-one >index.html
commit web first
cli 0 'init with a repository' init --name web --repo "$repo" --branch main
git -C "$T/src/web" remote set-url origin "$repo"
cli 0 'deploy from git' deploy --quiet
web_url=$out
now "$web_url" git-one 'it is there'
cli 0 'ls' ls
like "$out" '	main [0-9a-f]{7}	' 'branch and commit'
git -C "$T/src/web" remote set-url origin "$T/git/web.git"
git -C "$T/src/web" checkout -q -b feature/x
echo git-two >index.html
commit web second feature/x
git -C "$T/src/web" remote set-url origin "$repo"
echo loose >loose.txt
cli 0 'the branch that is checked out' deploy
own=$(printf '%s\n' "$err" | sed -n 's/  this deployment$//p')
like "$own" '^http://[a-z0-9]{12}--web\.' 'its own address is said'
branch=$(printf '%s\n' "$err" | sed -n 's/  the newest of branch [a-z/]*$//p')
like "$branch" '^http://[a-z0-9-]*--web\.' 'and its branch'"'"'s'
is "$(body "$branch")" "$(body "$own")" 'which shows the same'
like "$err" 'preview' 'is a preview'
like "$err" 'not committed' 'what is not committed is mentioned'
now "$out" git-two 'at its own URL'
now "$web_url" git-one 'production stays'
cli 0 'ls' ls --limit 1
is "$(printf '%s' "$out" | cut -f6,7)" "$own	$branch" 'ls has both'
cli 0 'ls --json' ls --limit 1 --json
is "$(printf '%s' "$out" | jq -r '.deployments[0].branch_url')" "$branch" 'so has JSON'
cli 0 'promote it' promote
now "$web_url" git-two 'live'
cli 0 'rollback' rollback
now "$web_url" git-one 'and back'
cli 1 'a branch that is not there' deploy --branch nothing
like "$err" 'nothing' 'names it'
cli 0 'redeploy' redeploy --no-wait
cli 0 'the folder after all' deploy --upload --preview --quiet
now "${out%/}/loose.txt" loose 'with what is not committed'
cli 0 'from anywhere' deploy -p web --quiet
mkdir "$T/w/export" && cd "$T/w/export" || exit 99
echo exported >index.html
cli 0 'link a folder that git does not know' link web
cli 0 'deploy it' deploy --preview --quiet
like "$err" "^Git does not know .*: it is sent as it is; use -b BRANCH to build from $repo" 'which says what it does'
now "$out" exported 'and does it'
cli 0 'with a branch' deploy -b main --preview --quiet
now "$out" git-one 'the repository is built'

# The API goes away while a build is followed.
cd "$T/w/shop" || exit 99
cat >package.json <<'EOP'
{"name":"x","scripts":{"build":"echo begun; sleep 4; mkdir dist2; echo three >dist2/index.html"}}
EOP
cli 0 'where the build leaves it' project set output_dir=dist2
"$slipway" deploy >"$T/home/out" 2>"$T/home/int.err" &
pid=$!
soon
until grep -q begun "$T/home/int.err" || ! kill -0 $pid || late; do sleep 0.1; done
stop api
start api
wait $pid
is "$?" 0 'the API was away'
now "$site_url" three 'no matter'

# Nobody builds.
stop builderd
"$slipway" deploy --quiet >"$T/home/out" 2>"$T/home/why.err" &
pid=$!
soon
until grep -q 'It waits' "$T/home/why.err" || ! kill -0 $pid || late; do sleep 0.1; done
cli 0 'logs of what waits' logs
like "$err" '^It waits: no builder is there\.$' 'say why'
start builderd
wait $pid
is "$?" 0 'it waits for a builder'
is "$(grep -c '^It waits: no builder is there\.$' "$T/home/why.err")" 1 'and says so, once'

ln -s passwd _headers
cli 1 'a link where rules would be' deploy --yes
like "$err" '_headers is a symbolic link, and only files travel' 'is not left out in silence'

cli 0 'remove the project' project rm --yes shop
cli 1 'gone' project show -p shop

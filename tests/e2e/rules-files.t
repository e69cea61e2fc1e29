#!/bin/sh
# Rule files that cannot be obeyed: those that fail the deployment, since they
# may say who must not see what, and those that lie where nobody reads them.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd git nginx
account ann
api POST /api/projects '{"slug":"made"}'

# fresh: a folder for what is uploaded next.
fresh() {
	rm -rf "$T/made"
	mkdir "$T/made"
	echo '<p>home' >"$T/made/index.html"
}
# made: it is deployed as it is.
made() {
	tar czf "$T/made.tgz" -C "$T/made" .
	api POST /api/projects/made/archives '' --data-binary "@$T/made.tgz" -H 'Content-Type: application/octet-stream'
	deploy made "{\"upload\":\"$(json .upload)\",\"prebuilt\":true}"
}
# fails CODE PATTERN TEXT
fails() {
	made
	like "$state $(json .error_code): $(json .error)" "^failed $1: $2" "$3"
}

fresh
{ printf '/in/*\n  Basic-Auth: ann:secret\n'; yes '# more and more' | head -c 1048576; } >"$T/made/_headers"
fails rules '_headers has 1048607 bytes, and may have 1048576: nothing in it would be obeyed.*stand for many' 'a _headers that is too large'
mv "$T/made/_headers" "$T/made/_redirects"
fails rules '_redirects has 1048607 bytes' 'a _redirects that is'
rm "$T/made/_redirects"
printf '/in/*\n  Basic-Auth: ann:secret\n' >"$T/made/of-headers"
ln -s of-headers "$T/made/_headers"
fails upload '_headers is a symbolic link.*pack the file itself' 'one that is a link'
fresh
mkdir "$T/made/_headers"
fails rules '_headers is no regular file' 'or a folder'
fresh
printf '[[headers]]\nfor = "/in/*"\n[headers.values\nBasic-Auth = "ann:secret"\n' >"$T/made/netlify.toml"
fails config 'netlify.toml: line 3: ' 'a netlify.toml that cannot be read'
fresh
printf '{ "headers": [ }' >"$T/made/vercel.json"
fails config 'vercel.json is not JSON' 'a vercel.json that cannot'
fresh
printf '[[header]]\nfor = "/in/*"\n[header.values]\nBasic-Auth = "ann:secret"\n' >"$T/made/netlify.toml"
made
like "$log" 'netlify.toml:1: there is no such key: write \[\[headers\]\]' 'a misspelt table is told of'
own /index.html
is "$state $status" 'ready 401' 'and the site with its password is shut'
unlike "$log" 'ann:secret' 'which is in no log'

# What lies beside the output does nothing, and it is said.
repo site
mkdir -p "$T/src/site/public" "$T/src/site/config"
echo '<p>home' >"$T/src/site/public/index.html"
echo '/old /new' >"$T/src/site/_redirects"
printf '/*\n  X-Mine: yes\n' >"$T/src/site/_headers"
printf '[build]\npublish = "public"\n[context.production]\ncomand = "x"\n' >"$T/src/site/netlify.toml"
commit site one
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"
deploy site
like "$log" '_redirects: it is not obeyed: .*from the output directory alone, and public has none' 'a _redirects at the top'
like "$log" '_headers: it is not obeyed: ' 'and a _headers'
like "$log" 'netlify.toml:4: there is no such key \(context.production.comand\)' 'and a key of a context'
own /old
is "$status" 404 'it is not'
like "$(cli rules --project site)" '^refused	_headers	.*	it is not obeyed' 'and slipway rules has it'
cp "$T/src/site/_redirects" "$T/src/site/public/"
commit site two
deploy site
unlike "$log" '_redirects: it is not obeyed' 'unless the output has one'
own /old
is "$status" 301 'which is'
mv "$T/src/site/netlify.toml" "$T/src/site/config/"
ln -s config/netlify.toml "$T/src/site/netlify.toml"
commit site three
deploy site
like "$state $(json .error_code): $(json .error)" '^failed config: netlify.toml: it is no regular file' 'a netlify.toml that is a link'
plan 17

#!/bin/sh
# The hosts of a project: aliases, branches, deployments, the primary one; what
# search engines are told at each; and that none leads astray.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve nginx
account ann
api POST /api/projects '{"slug":"shop"}'
api POST /api/projects '{"slug":"other"}'
mkdir -p "$T/site/docs"
echo one >"$T/site/index.html"
echo docs >"$T/site/docs/index.html"
one=$("$builddir/tests/fcgi-serve/mksite" "$T/state/blobs" "$T/site")
echo two >"$T/site/index.html"
two=$("$builddir/tests/fcgi-serve/mksite" "$T/state/blobs" "$T/site")
chmod -R a+rX "$T/state/blobs"
publish() { # PROJECT MANIFEST BRANCH
	db "INSERT INTO deployments (team_id, project_id, seq, state, target, source, manifest,
	    branch_label, finished_at) SELECT team_id, id,
	    1 + (SELECT count(*) FROM deployments), 'ready', 'preview', 'prebuilt', '$2',
	    '$3', now() FROM projects WHERE slug = '$1' RETURNING id"
}
a=$(publish shop "$one" main)
b=$(publish shop "$two" next)
foreign=$(publish other "$one" main)
db "UPDATE projects SET live_deployment = '$a' WHERE slug = 'shop'"

# ---- slipway alias -------------------------------------------------------------
is "$(cli alias set beta "$b" -p shop)" "http://beta--shop.localhost:$port" 'an alias, and its URL'
site beta--shop /
is "$status $body" '200 two' 'shows that deployment'
is "$(cli alias set beta "$a" -p shop --json | jq -r '.label, .deployment' | tr '\n' ' ')" "beta $a " 'pointed elsewhere'
for i in $(seq 50); do
	site beta--shop "/?$i"
	[ "$body" = two ] || break
done
is "$body" one 'it shows that'
is "$(cli alias ls -p shop --json | jq -r '.aliases[].label')" beta 'the list of them'
like "$(cli alias ls -p shop)" "beta[[:space:]]+$a" 'for people, too'
like "$(cli alias set beta "$foreign" -p shop)" 'ready deployment' 'not to another project'\''s'
like "$(cli alias set beta dpl_aaaaaaaaaaaa -p shop)" 'ready deployment' 'nor to none'
like "$(cli alias set 'a--b' "$a" -p shop)" 'alias' 'nor by such a name'
like "$(cli alias set "$(printf 'x%.0s' $(seq 60))" "$a" -p shop)" 'alias' 'nor by one that is too long'
cli alias set keep "$b" -p shop >/dev/null
api DELETE "/api/deployments/$b"
is "$status" 409 'what an alias shows is not deleted'
like "$body" 'alias keep' 'which it names'
like "$(cli alias rm keep -p shop)" 'Removed keep' 'an alias is removed'
for i in $(seq 50); do
	site keep--shop "/?$i"
	[ "$status" = 200 ] || break
done
is "$status" 404 'and is no host any more'
like "$(cli alias rm keep -p shop)" 'there is no alias keep' 'once'

# ---- noindex everywhere but on production ------------------------------------------
for h in beta--shop main--shop "${a#dpl_}--shop" next--shop; do
	for p in / /docs /a//b /nothing /nothing.js; do
		site "$h" "$p"
		is "$(header X-Robots-Tag)" noindex "$h$p ($status): not for search engines"
	done
done
for p in / /docs /a//b /nothing /nothing.js; do
	site shop "$p"
	is "$(header X-Robots-Tag)" '' "production$p ($status): as it pleases"
done
site nobody /
is "$status $(header X-Robots-Tag)" '404 noindex' 'what is no host is not for them'

# ---- the primary host -----------------------------------------------------------------
by_domain() { # HOST PATH
	status=$(curl -sS -o "$T/body" -D "$T/headers" -w '%{http_code}' --path-as-is \
	    -H "Host: $1" "http://127.0.0.1:$port$2")
}
like "$(cli project set primary_host=www.example.org -p shop)" 'verified domain' 'not what is not the project'\''s'
like "$(cli project set 'primary_host=http://x/' -p shop)" 'host name' 'nor what is no host'
db "INSERT INTO domains (team_id, project_id, host) SELECT team_id, id, 'www.example.org' FROM projects
    WHERE slug = 'shop'"
like "$(cli project set primary_host=www.example.org -p shop)" 'verified domain' 'nor what is not proved'
db "UPDATE domains SET verified_at = now();
    INSERT INTO domains (team_id, project_id, host, verified_at) SELECT team_id, id, 'example.org', now()
    FROM projects WHERE slug = 'shop'"
by_domain www.example.org /
is "$status" 200 'without one a domain answers itself'
ok 'a domain' cli project set primary_host=www.example.org -p shop
is "$(cli project show -p shop --json | jq -r .primary_host)" www.example.org 'is the primary host'
for i in $(seq 50); do
	site shop "/docs/?a=b&i=$i"
	[ "$status" = 200 ] || break
done
is "$status $(header Location)" "308 http://www.example.org:$port/docs/?a=b&i=$i" 'the others lead there, path and query'
by_domain example.org "/x%20y?$i"
is "$status $(header Location)" "308 http://www.example.org:$port/x%20y?$i" 'other domains, too'
site shop '/%2f%2fevil.example/'
unlike "$(header Location)" '//evil' 'and nowhere else'
by_domain www.example.org "/?$i"
is "$status" 200 'the primary host does not'
for h in beta--shop "${a#dpl_}--shop" main--shop; do
	site "$h" "/?$i"
	is "$status" 200 "nor does $h"
done
ok 'its own' cli project set primary_host=own -p shop
for i in $(seq 50); do
	by_domain www.example.org "/?x$i"
	[ "$status" = 200 ] || break
done
is "$status $(header Location)" "308 http://shop.localhost:$port/?x$i" 'the host under the base domain is primary'
site shop "/?x$i"
is "$status" 200 'and answers'
# What leads to a domain stops to when that is not proved any more.
cli project set primary_host=www.example.org -p shop >/dev/null
db "UPDATE domains SET verified_at = NULL WHERE host = 'www.example.org'"
for i in $(seq 50); do
	site shop "/?y$i"
	[ "$status" = 308 ] || break
done
is "$status" 200 'no proof, no redirect'
by_domain www.example.org "/?y$i"
is "$status" 404 'nor an answer'

#!/bin/sh
# A page that was loaded before a switch finds its scripts after it, on the
# production host and on a branch's, for as many deployments and days as the
# project says; and nothing else of what was before.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 46
start postgres
prepare

# version NAME: a site with a script of its own, and one that all have.
version() {
	rm -rf "$T/site"
	mkdir -p "$T/site/assets"
	echo "<script src=/assets/app.$2.js></script>$1" >"$T/site/index.html"
	echo "app('$1')" >"$T/site/assets/app.$2.js"
	echo "plain('$1')" >"$T/site/plain-$1.js"
	echo "<p>$1" >"$T/site/page-$1.html"
	"$builddir/tests/fcgi-serve/mksite" "$T/state/blobs" "$T/site"
}
# publish MANIFEST [BRANCH [PROJECT]]: prints its id.
publish() {
	db "WITH n AS (SELECT 1 + count(*) AS n FROM deployments)
	INSERT INTO deployments (team_id, project_id, seq, state, target, source, manifest,
	    branch_label, finished_at)
	SELECT team_id, p.id, n.n, 'ready', 'production', 'prebuilt', '$1', '${2:-main}', now()
	  FROM projects p, n WHERE slug = '${3:-shop}' RETURNING id"
}
promote() {
	change "UPDATE projects SET live_deployment = '$1' WHERE slug = 'shop'"
}
# heard: returns when fcgi-serve has heard of all that was changed until now.
# News come in their order, so another deployment is deleted, or is no more.
heard() {
	case $witness_status in
	200) want=410 set='now()' ;;
	*) want=200 set=NULL ;;
	esac
	db "UPDATE deployments SET deleted_at = $set WHERE id = '$witness'"
	tries=0
	until site "${witness#dpl_}--witness" "/?$((asked += 1))" && [ "$status" = "$want" ]; do
		[ $((tries += 1)) -lt 1000 ] || {
			note "fcgi-serve hears nothing: $status for $want"
			exit 99
		}
	done
	witness_status=$want
}
# change SQL: of what a host shows.
change() {
	db "$1" >/dev/null
	heard
}
# asset A|B|... [HOST]: of its script, which nginx has not kept.
asked=0
asset() {
	asked=$((asked + 1))
	site "${2:-shop}" "/assets/app.$(eval "echo \$hash_$1").js?$asked"
}

db "INSERT INTO teams (slug, name) VALUES ('t', 't');
INSERT INTO projects (team_id, slug) SELECT id, unnest(ARRAY['shop', 'witness']) FROM teams" >/dev/null
n=0
for v in A B C D; do
	n=$((n + 1))
	eval "hash_$v=0a1b2c3$n m_$v=\$(version $v 0a1b2c3$n)"
done
chmod -R a+rX "$T/state/blobs"
A=$(publish "$m_A")
witness=$(publish "$m_A" main witness) witness_status=200
start serve nginx
promote "$A"
site shop /
is "$status" 200 'a page of A'
asset A
is "$status $body" "200 app('A')" 'and its script'

B=$(publish "$m_B")
promote "$B"
site shop /?b
like "$body" 'B$' 'B is live'
asset B
is "$status $body" "200 app('B')" 'with its script'
asset A
is "$status $body" "200 app('A')" 'that of A is still there'
is "$(header Cache-Control)" 'public, max-age=31536000, immutable' 'and may be kept'
is "$(header X-Robots-Tag)" '' 'as one of production'
tag=$(header ETag)
site shop "/assets/app.$hash_A.js" -H "If-None-Match: $tag"
is "$status" 304 'a copy of it is good'
site shop "/assets/app.$hash_A.js" -r 0-2
is "$status $body" '206 app' 'a range of it is given'
site shop "/assets/app.$hash_A.js" -I
is "$status $(header Content-Length)" '200 9' 'HEAD says the same'
site shop /plain-A.js
is "$status" 404 'a script whose name says nothing of its content is gone'
is "$(header Cache-Control) $(header Content-Type)" 'no-store text/plain; charset=utf-8' \
    'and said to be, in no page'
site shop /page-A
unlike "$body" '^<p>A' 'so are pages'
site shop "/assets/app.0a1b2c3f.js"
is "$status $(header Cache-Control)" '404 no-store' 'what never was is not there'
unlike "$body" '<' 'and no page'
site "${A#dpl_}--shop" "/assets/app.$hash_B.js"
is "$status" 404 'a deployment shows itself alone'

promote "$A"
site shop /?back
like "$body" 'A$' 'A is live again'
asset B
is "$status $body" "200 app('B')" 'and what B was is reachable'
asset A
is "$status" 200 'as is what A is'

# ---- how many, and for how long ------------------------------------------------
C=$(publish "$m_C")
D=$(publish "$m_D")
promote "$B"
promote "$C"
promote "$D"
for v in A B C D; do
	asset $v
	is "$status $body" "200 app('$v')" "after D: of $v"
done
change "UPDATE projects SET skew_deployments = 2 WHERE slug = 'shop'"
asset C
is "$status" 200 'of two: C'
asset B
is "$status" 200 'and B'
asset A
is "$status $(header Cache-Control)" '404 no-store' 'A was a third'
is "$(db "SELECT string_agg(deployment_id, ' ') FROM skew_manifests((SELECT id FROM projects WHERE slug = 'shop'), '')")" \
    "$C $B" 'the newest first'
db "UPDATE deployments SET live_until = now() - interval '8 days' WHERE id = '$B'"
change "UPDATE projects SET skew_deployments = 10 WHERE slug = 'shop'"
asset C
is "$status" 200 'of seven days: C'
asset B
is "$status" 404 'B was before'
asset A
is "$status" 200 'A was not'
change "UPDATE projects SET skew_days = 9 WHERE slug = 'shop'"
asset B
is "$status" 200 'and of nine days all three'
change "UPDATE deployments SET deleted_at = now() WHERE id = '$C'"
asset C
is "$status" 404 'what was deleted is gone'
site "${C#dpl_}--shop" /
is "$status $(header Cache-Control)" '410 no-store' 'as its own host says'
like "$body" '<h1>Gone' 'in words'
is "$(header X-Robots-Tag)" noindex 'to people alone'
change "UPDATE projects SET skew_deployments = 0 WHERE slug = 'shop'"
asset A
is "$status" 404 'none, where none is wanted'

# ---- branches --------------------------------------------------------------------
change "UPDATE projects SET skew_deployments = 10 WHERE slug = 'shop'"
E=$(publish "$m_A" next)
publish "$m_B" next >/dev/null
heard
asset B next--shop
is "$status" 200 "a branch's host: its own"
asset A next--shop
is "$status" 200 'and that of the one before'
is "$(header X-Robots-Tag)" noindex 'which is no production host'
asset D next--shop
is "$status" 404 'not of another branch'
db "UPDATE deployments SET finished_at = finished_at - interval '10 days' WHERE branch_label = 'next'"
change "SELECT pg_notify('slipway_serve', 'shop')"
asset A next--shop
is "$status" 404 'until it is too long ago'
is "$(db "SELECT string_agg(deployment_id, ' ' ORDER BY deployment_id) FROM skew_kept()
    WHERE deployment_id IN ('$A', '$B', '$C', '$E')")" \
    "$(printf '%s\n' "$A" "$B" | sort | tr '\n' ' ' | sed 's/ $//')" 'what is to be kept'

# ---- what had a password then ----------------------------------------------------
hash_E=0a1b2c3a
version E $hash_E >/dev/null
printf '/assets/*\n Basic-Auth: ann:wonder\n' >"$T/site/_headers"
E=$(publish "$("$builddir/tests/fcgi-serve/mksite" "$T/state/blobs" "$T/site")")
chmod -R a+rX "$T/state/blobs"
promote "$E"
asset E
is "$status" 401 'E has a password for its script'
promote "$D"
asset E
is "$status" 404 'which nobody gets without it, now that D has none'
asked=$((asked + 1))
site shop "/assets/app.$hash_E.js?$asked" -u ann:wonder
is "$status $body" "200 app('E')" 'and who knows it does'
is "$(header Cache-Control)" 'private, no-store' 'for himself'

#!/bin/sh
# Every route, tried by everybody: SEC-30.  A route without a row here fails
# the test, so nobody adds one and forgets.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api nginx

# Who may: open (nobody signed in), self (whoever is signed in, about
# themselves), look (a viewer), make (a member), deploy or blob (a token of that
# scope, too).  {x} is ann's; the last column is a body.  What takes away stands
# last.
cat >"$T/rows" <<'EOR'
open GET /api/health
open GET /api/ready
open GET /api/openapi.json
open POST /api/auth/signup {"email":"new@example.org","password":"correct horse new"}
open POST /api/auth/login {"email":"ann@example.org","password":"correct horse ann"}
open POST /api/auth/refresh {"refresh_token":"@refresh@"}
local GET /api/metrics
self GET /api/auth/me
self GET /api/projects
self GET /api/tokens
self GET /api/usage
self POST /api/tokens {"name":"t"}
self POST /api/projects {"slug":"made-@n@"}
look GET /api/projects/{project}
look GET /api/projects/{project}/deployments
look GET /api/projects/{project}/env
look GET /api/projects/{project}/aliases
look GET /api/projects/{project}/hooks
look GET /api/projects/{project}/protection
look GET /api/deployments/{deployment}
look GET /api/deployments/{deployment}/files
look GET /api/deployments/{deployment}/diff
look GET /api/deployments/{deployment}/archive.tar
look GET /api/deployments/{deployment}/rules
look POST /api/explain {"url":"http://shop.localhost/"}
look GET /api/deployments/{deployment}/logs
look GET /api/deployments/{deployment}/logs.txt
look GET /api/projects/{project}/logs
make PATCH /api/projects/{project} {"branch":"changed"}
deploy POST /api/projects/{project}/deployments {}
deploy POST /api/projects/{project}/uploads {"files":[["a","e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",0,false]]}
look GET /api/uploads/{upload}
blob PUT /api/uploads/{upload}/blobs/{sha256}
blob POST /api/projects/{project}/archives
make POST /api/projects/{project}/hooks {"url":"https://example.org/x","secret":"a secret of hooks"}
make PUT /api/projects/{project}/env/{name} {"value":"x"}
make POST /api/projects/{project}/deploy-key
look GET /api/projects/{project}/deploy-key
make DELETE /api/projects/{project}/deploy-key
make PUT /api/projects/{project}/git-token {"token":"x"}
look GET /api/projects/{project}/git-token
make DELETE /api/projects/{project}/git-token
self GET /api/known-hosts
make DELETE /api/known-hosts/{host}
make PUT /api/projects/{project}/protection {"hosts":"all","password":"a secret of visitors"}
make POST /api/projects/{project}/protection/tokens {"name":"t"}
make PUT /api/projects/{project}/aliases/{alias} {"deployment":"@deployment@"}
deploy POST /api/deployments/{deployment}/promote
deploy POST /api/deployments/{deployment}/redeploy
deploy POST /api/deployments/{deployment}/cancel
deploy POST /api/deployments/{other}/pin
deploy POST /api/deployments/{other}/unpin
deploy DELETE /api/deployments/{other}
deploy POST /api/deployments/{other}/restore
make DELETE /api/projects/{project}/protection/tokens/{pass}
make DELETE /api/projects/{project}/protection
make DELETE /api/projects/{project}/aliases/{alias}
make DELETE /api/projects/{project}/env/{name}
make DELETE /api/projects/{project}/hooks/{hook}
mine DELETE /api/tokens/{token}
make DELETE /api/projects/{project}
logout POST /api/auth/logout {}
EOR

# Ann owns it, eve may look, max is a member; bob has a team of his own, and
# tokens of several kinds are tried beside the sessions.
account bob
account eve
account max
account ann
api GET /api/auth/me
team=$(json '.teams[0].id')
add() {
	db "INSERT INTO team_members (team_id, user_id, role)
	    SELECT '$team', id, '$2' FROM users WHERE email = '$1@example.org'" >/dev/null
}
add eve viewer
add max member
# make_token NAME JSON: a token of ann's that can be acted as.
make_token() {
	api POST /api/tokens "$2"
	json .token >"$T/home/$1.token"
	json .id >"$T/home/$1.id"
}
make_token readonly '{"name":"r","scope":"read"}'
make_token ci '{"name":"c","scope":"deploy"}'
make_token revoked '{"name":"x","scope":"admin"}'
api DELETE "/api/tokens/$(cat "$T/home/revoked.id")"
make_token expired '{"name":"e","scope":"admin"}'
db "UPDATE api_tokens SET expires_at = now() - interval '1 minute' WHERE id = '$(cat "$T/home/expired.id")'" >/dev/null
become bob
api POST /api/tokens '{"name":"b","scope":"admin"}'
json .token >"$T/home/bobtoken.token"
become ann
make_token doomed '{"name":"d"}'

api POST /api/projects '{"slug":"shop","repo":"https://example.org/a.git"}'
project=$(json .id)
mkdir "$T/site"
echo '<h1>Shop</h1>' >"$T/site/index.html"
release shop "$T/site"
# One that nothing shows.
live=$deployment
release shop "$T/site" preview
other=$deployment
deployment=$live
api POST "/api/projects/$project/deployments" '{}'
running=$(json .id)
sha=$(printf x | sha256sum | cut -d' ' -f1)
api POST "/api/projects/$project/uploads" "{\"files\":[[\"a\",\"$sha\",1,false]]}"
upload=$(json .upload)
api PUT "/api/projects/$project/env/NAME" '{"value":"x"}'
db "INSERT INTO known_hosts (team_id, host, port, key_type, fingerprint, deployment_id)
    VALUES ('$team', 'git.example', 22, 'rsa', 'SHA256:' || repeat('a', 43), '$deployment')" >/dev/null
is "$status" 200 'seeded'
api POST "/api/projects/$project/hooks" '{"url":"https://example.org/h","secret":"a secret of hooks"}'
hook=$(json .id)
api PUT "/api/projects/$project/protection" '{"hosts":"previews","password":"a secret of visitors"}'
api POST "/api/projects/$project/protection/tokens" '{"name":"t"}'
pass=$(json .id)

api GET /api/openapi.json
is "$status" 200 'the routes'
json '.paths | to_entries[] | .key as $p | .value | keys[] | select(IN("get", "post", "put", "patch", "delete"))
    | "\(ascii_upcase) \($p)"' | sort >"$T/routes"
awk '{ sub(/{other}/, "{deployment}", $3); sub(/{pass}/, "{token}", $3); print $2, $3 }' "$T/rows" | sort >"$T/known"
is "$(diff "$T/routes" "$T/known" | grep '^[<>]')" '' 'each has a row, each row a route'

n=0
# try WHO EXPECTED: the row's request.
try() {
	n=$((n + 1))
	become "$1"
	d=$deployment
	[ "$path" != '/api/deployments/{deployment}/cancel' ] || d=$running
	p=$(printf %s "$path" | sed "s/{project}/$project/; s/{deployment}/$d/; s/{other}/$other/; s/{upload}/$upload/
	    s/{sha256}/$sha/; s/{name}/NAME/; s/{hook}/$hook/; s/{pass}/$pass/; s/{alias}/beta/; s/{host}/git.example/; s/{token}/$(cat "$T/home/doomed.id")/")
	b=$(printf %s "$json" | sed "s/@n@/$n/; s/@deployment@/$deployment/
	    s/@refresh@/$(cat "$T/home/max.refresh")/")
	if [ "$class" = blob ]; then
		api "$method" "$p" '' -H 'Content-Type: application/octet-stream' --data-binary x
	else
		api "$method" "$p" "$b"
	fi
	printf '%s\n' "$status" | grep -Eqx "$2" || printf '%s: %s, want %s\n' "$1" "$status" "$2" >>"$T/wrong"
}
while read -r class method path json; do
	: >"$T/wrong"
	good='20[0-4]'
	case $class in
	open)
		try nobody "$good" ;;
	local)
		try nobody '200|401|403' ;;
	logout)
		try nobody '401|422|204' ;;
	self)
		for u in nobody revoked expired; do try $u 401; done
		for u in bob eve max ann; do try $u "$good"; done ;;
	*)
		for u in nobody revoked expired; do try $u 401; done
		for u in bob bobtoken; do try $u 404; done
		case $class in
		look)
			for u in eve readonly ci max ann; do try $u "$good"; done ;;
		mine) # a token is its maker's, whatever others may do in the team
			for u in eve max; do try $u 404; done
			try readonly 403
			try ann "$good" ;;
		*)
			for u in eve readonly; do try $u '403|404'; done
			case $class in
			make) try ci 403 ;;
			esac
			case $method$path in
			DELETE* | *cancel) ;; # it can go only once
			*)
				[ "$class" = make ] || try ci "$good"
				try max "$good" ;;
			esac
			try ann "$good|409" ;;
		esac ;;
	esac
	is "$(cat "$T/wrong")" '' "$method $path: $class"
done <"$T/rows"

# Lists show one's own.
become bob
api GET /api/projects
unlike "$body" "$project|shop" "bob's list"
api GET "/api/projects?team=$team"
like "$status/$(json '.projects|length')" '^(404/.*|200/0)$' "nor by ann's team's id"
api POST /api/projects "{\"slug\":\"intruder\",\"team\":\"$team\"}"
foreign=$(json 'del(.request_id)')
api POST /api/projects '{"slug":"intruder","team":"team_aaaaaaaaaaaa"}'
is "$(json 'del(.request_id)')" "$foreign" 'a foreign team is like one that is not there'
is "$(db "SELECT count(*) FROM projects WHERE slug = 'intruder'")" 0 'indeed'
become eve
api POST /api/projects "{\"slug\":\"intruder\",\"team\":\"$team\"}"
like "$status" '^(403|404)$' 'nor by a viewer'

# Who may not build does not use up how often others may.
stop api
conf deploy-rate 3
cp "$T/conf" "$T/slipway.conf"
start api
become ann
api POST /api/projects '{"slug":"quota","repo":"https://example.org/a.git"}'
for u in eve readonly eve readonly; do
	become $u
	api POST /api/projects/quota/deployments '{}'
done
is "$status" 403 'a viewer asks for builds'
become ann
api POST /api/projects/quota/deployments '{}'
is "$status" 202 'and a member gets one all the same'
d=$(json .id)
become eve
for i in 1 2 3 4; do api POST "/api/deployments/$d/redeploy"; done
is "$status" 403 'nor by building again'
become ann
api POST "/api/deployments/$d/redeploy"
is "$status" 202 'which a member may'

# Nobody's body is read, if it may be large, before it is known whose it is.
become revoked
api POST /api/projects/quota/uploads '{"files":'
is "$status" 401 'a large body with a token that is no good'
become bob
api POST /api/projects/quota/uploads '{"files":'
is "$status" 404 'or for what is somebody else'"'"'s'
become ann
api POST /api/projects/quota/uploads '{"files":'
is "$status" 400 'is not read'

# Nor does anybody fill the disk with lists, over however many projects.
api POST /api/projects '{"slug":"quota-2"}'
empty='{"files":[["a","e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",0,false]]}'
n=0
# Two windows at most: an hour may end meanwhile.
while [ $n -lt 13 ] && [ "$status" != 429 ]; do
	n=$((n + 1))
	api POST /api/projects/quota/uploads "$empty"
	api POST /api/projects/quota-2/uploads "$empty"
done
is "$status" 429 'too many uploads of a team'
become bob
api POST /api/projects '{"slug":"quota-bob"}'
api POST /api/projects/quota-bob/uploads "$empty"
is "$status" 201 'are nothing to another'

# No host that a browser would show in another script.
become ann
api PUT /api/projects/quota/aliases/xn "{\"deployment\":\"$d\"}"
is "$status" 422 'no alias xn'
like "$(db "SELECT branch_label('xn', 'shop')")" '^xn-[0-9a-f]{6}$' 'nor a branch'

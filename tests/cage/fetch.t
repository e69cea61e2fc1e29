#!/bin/sh
# slipway-fetch in a cage: repositories over HTTP from git's own server, and
# uploads.
. "${srcdir:-.}/tests/cage/fetch.sh"

git init -q --bare -b trunk "$T/git/site.git"
git init -q --bare -b main "$T/git/empty.git"
git init -q -b trunk "$T/src"
cd "$T/src" || exit 1
git remote add origin "$T/git/site.git"
mkdir bin
echo one >index.html
echo '#!/bin/sh' >bin/run
chmod 755 bin/run
ln -s /etc/passwd leak
git add -A
git commit -qm 'first: a page

with more to say'
first=$(git rev-parse HEAD)
git tag -am v1 v1
git push -q origin trunk v1
echo two2 >index.html
git commit -qam 'second'
second=$(git rev-parse HEAD)
git push -q origin trunk
git checkout -q -b side "$first"
echo side! >side
git add side
git commit -qm 'on the side'
side=$(git rev-parse HEAD)
git push -q origin side

fetch "url $url/site.git\nkind branch\nref \ncommit \n"
is "$code" 0 'the default branch'
has "$out" 'slipway-fetch: branch trunk' 'which is that'
has "$out" "slipway-fetch: commit $second" 'its newest commit'
has "$out" 'slipway-fetch: message second' 'what it says'
has "$out" 'slipway-fetch: author Ann' 'who says it'
is "$(files)" 'd 755 - bin
f 755 10 bin/run
f 644 5 index.html
l 777 11 leak' 'its files and modes'
is "$(history)" '.git/HEAD .git/config .git/index .git/objects/info/alternates' \
    'and of Git what looks back, without a remote, a branch or an object'
fetch "url $url/site.git\nkind branch\nref trunk\ncommit \n"
has "$out" "slipway-fetch: commit $second" 'by name'
fetch "url $url/site.git\nkind tag\nref v1\ncommit \n" prj_bbbbbbbbbbbb
has "$out" "slipway-fetch: commit $first" 'a tag with a message'
has "$out" 'message first: a page
' 'of which one line is told'
fetch "url $url/site.git\nkind commit\nref $first\ncommit $first\n" prj_cccccccccccc
has "$out" "slipway-fetch: commit $first" 'a commit'
has "$(files)" 'f 644 4 index.html' 'with the files of then'
fetch "url $url/site.git\nkind branch\nref trunk\ncommit $side\n"
has "$out" "slipway-fetch: commit $side" 'a commit that another branch has'

git checkout -q trunk
echo three >index.html
git commit -qam third
git push -q origin trunk :side
git branch -q -D side
git checkout -q -b side/way
git push -q origin side/way
fetch "url $url/site.git\nkind branch\nref side/way\ncommit \n"
has "$out" "slipway-fetch: commit $(git rev-parse HEAD)" \
    'a branch below the name of a removed one'
is "$(echo "$out" | sed -n 's/^received \([0-9]*\) .*/\1/p')" 3 \
    'of which only what is new is sent'

fetch "url $url/site.git\nkind branch\nref mian\ncommit \n"
is "$code" 1 'a branch that is not there'
has "$out" 'error ref there is no branch mian; there are side/way, trunk' \
    'and those that are'
fetch "url $url/site.git\nkind tag\nref v2\ncommit \n"
has "$out" 'error ref there is no tag v2; there is v1' 'nor a tag'
fetch "url $url/site.git\nkind commit\nref \ncommit 1111111111111111111111111111111111111111\n"
has "$out" 'error ref there is no commit 111111111111' 'nor a commit'
fetch "url $url/empty.git\nkind branch\nref \ncommit \n"
has "$out" 'error empty' 'an empty repository'
fetch "url $url/none.git\nkind branch\nref \ncommit \n"
has "$out" 'error not_found' 'no repository'
fetch "url $url/page\nkind branch\nref \ncommit \n"
has "$out" 'error not_' 'a page'
fetch "url $url/moved\nkind branch\nref \ncommit \n"
has "$out" 'error redirect' 'a redirect'
fetch "url http://127.0.0.1/x.git\nkind branch\nref \ncommit \n"
has "$out" 'network: refused 127.0.0.1:80 (' 'an address that is not allowed'
has "$out" 'error connect' 'and what to do about it'
fetch "url https://host.invalid/x.git\nkind branch\nref \ncommit \n"
has "$out" 'error host' 'a host that does not exist'
for u in "$T/git/site.git" "file://$T/git/site.git" "ssh://127.0.0.1/x"; do
	fetch "url $u\nkind branch\nref \ncommit \n"
	is "$code" 1 "$u"
done

head -c 70000000 /dev/urandom >big
git add big
git commit -qm big
git push -q origin HEAD:big
fetch "url $url/site.git\nkind branch\nref big\ncommit \n" prj_dddddddddddd
has "$out" 'error too_large' 'more than the disk of a build'

# A token is for the host and port that it was set for: SEC-12.
cat >"$T/ask.conf" <<EOC
server.modules = ("mod_auth", "mod_authn_file", "mod_redirect", "mod_alias", "mod_setenv", "mod_cgi", "mod_accesslog")
server.document-root = "$T/git"
server.bind = "127.0.0.1"
server.port = $ask
server.pid-file = "$T/ask.pid"
server.errorlog = "$T/log"
accesslog.filename = "$T/ask.log"
accesslog.format = "%{Authorization}i"
auth.backend = "plain"
auth.backend.plain.userfile = "$T/users"
auth.require = ( "/" => ( "method" => "basic", "realm" => "git", "require" => "valid-user" ) )
alias.url = ( "/" => "$(git --exec-path)/git-http-backend/" )
cgi.assign = ( "" => "" )
setenv.set-environment = ( "GIT_PROJECT_ROOT" => "$T/git",
    "GIT_HTTP_EXPORT_ALL" => "1", "GIT_CONFIG_NOSYSTEM" => "1", "HOME" => "$T" )
EOC
token=canary-tok3n-Xy7
echo "ann:$token" >"$T/users"
lighttpd -f "$T/ask.conf"
private=http://127.0.0.1:$ask
order="kind branch\nref \ncommit \n"
fetch "url $private/site.git\n$order" prj_gggggggggggg "$ask"
has "$out" 'error auth this repository is private or does not exist; give Slipway access with "slipway git-token set"' \
    'a private one'
fetch "url $private/site.git\n${order}token $private ann $token\n" prj_gggggggggggg "$ask"
is "$code" 0 'with its token'
fetch "url $private/site.git\n${order}token $private ann wrong-token-1\n" prj_gggggggggggg "$ask"
has "$out" 'error auth the host refused the token' 'with another'
other=canary-0ther-Zz9
fetch "url $private/site.git\n${order}token https://127.0.0.1:$ask ann $other\n" prj_gggggggggggg "$ask"
has "$out" 'error auth this repository is private' 'with one for https'
fetch "url $private/site.git\n${order}token http://127.0.0.1:$port ann $other\n" prj_gggggggggggg "$ask"
has "$out" 'error auth this repository is private' 'or for another port'
fetch "url $url/elsewhere/site.git\n${order}token $url ann $other\n" prj_gggggggggggg "$port" "$ask"
has "$out" 'error redirect' 'sent on to a port where it was not meant'
"$builddir/tests/e2e/daemon" stop 15 10 "$(cat "$T/ask.pid")"
has "$(cat "$T/ask.log")" "$(printf %s "ann:$token" | base64)" 'that host was told its own'
is "$(grep -cF "$(printf %s "ann:$other" | base64)" "$T/ask.log")" 0 'and never the other'
is "$(grep -rlaF "$token" "$T/state" | wc -l)" 0 'nor written down'

# ssh, to the real server.
if command -v sshd >/dev/null && command -v ssh-keygen >/dev/null; then
	mkdir -p /run/sshd
	for k in host other mine theirs; do
		ssh-keygen -q -t ed25519 -N '' -C "$k" -f "$T/$k"
	done
	echo 'PATH=/usr/bin:/bin; cd "$(dirname "$0")/git" && eval "exec ${SSH_ORIGINAL_COMMAND:-false}"' >"$T/serve"
	echo "command=\"sh $T/serve\",restrict $(cat "$T/mine.pub")" >"$T/authorized"
	chmod 600 "$T/authorized"
	cat >"$T/sshd.conf" <<-EOC
		Port $ssh
		ListenAddress 127.0.0.1
		HostKey $T/host
		PidFile $T/sshd.pid
		AuthorizedKeysFile $T/authorized
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		PermitRootLogin yes
		LogLevel VERBOSE
	EOC
	"$(command -v sshd)" -f "$T/sshd.conf" -E "$T/sshd.log" # binds, then forks
	me=$(id -un)
	host=ssh://$me@127.0.0.1:$ssh
	key() { # NAME: the lines between
		sed '/-----/d' "$T/$1" | tr -d '\n'
	}
	print() {
		ssh-keygen -lf "$T/$1.pub" | cut -d' ' -f2
	}
	order="url $host$T/git/site.git\nkind branch\nref \ncommit \n"
	mine="key ssh://127.0.0.1:$ssh $(key mine)\n"
	known="known 127.0.0.1 $ssh $(print host)\n"
	try() { # ORDER
		fetch "$1" prj_hhhhhhhhhhhh "$ssh"
	}
	try "$order$mine"
	is "$code" 0 'over ssh, by a deploy key'
	has "$out" "slipway-fetch: hostkey 127.0.0.1 $ssh ed25519 $(print host)" 'from a host that is new'
	has "$out" "slipway-fetch: branch trunk" 'its default branch'
	has "$(files)" 'index.html' 'its files'
	try "$order$mine$known"
	is "$code" 0 'from a host that is known'
	has "$(echo "$out" | grep -c hostkey)" 0 'of which there is no news'
	try "$order${mine}known 127.0.0.1 $ssh $(print other)\n"
	has "$out" 'error host_key 127.0.0.1 showed another key than before' 'a host that has changed'
	has "$out" 'slipway known-hosts rm 127.0.0.1' 'and what to do'
	is "$(files)" '' 'nothing is fetched'
	try "$order${mine}pinned 127.0.0.1 $ssh $(print other)\n"
	has "$out" 'error host_key 127.0.0.1 showed the key' 'one that is pinned'
	try "$order${mine}known 127.0.0.1 22 $(print other)\nknown 127.0.0.2 $ssh $(print other)\n"
	is "$code" 0 'another port, or host, is another'
	try "$order$known"
	has "$out" 'error auth this repository is private' 'without a key'
	has "$out" 'slipway key make' 'and what to do'
	try "$order${known}key ssh://127.0.0.1:$ssh $(key theirs)\n"
	has "$out" 'error auth the host refused the deploy key' 'with one that the host does not know'
	try "$order${known}key ssh://127.0.0.1:22 $(key mine)\n"
	has "$out" 'error auth this repository is private' 'with one for another port'
	try "url $host$T/git/nothing.git\nkind branch\nref \ncommit \n$mine$known"
	has "$out" 'error not_found there is no such repository' 'one that is not there'
	try "url $host$T/git/site.git\nkind tag\nref v1\ncommit \n$mine$known"
	has "$out" "slipway-fetch: commit $first" 'a tag'
	try "url $host$T/git/site.git\nkind branch\nref trunk\ncommit $second\n$mine$known"
	has "$out" "slipway-fetch: commit $second" 'a commit'
	try "url $host$T/git/site.git\nkind branch\nref gone\ncommit \n$mine$known"
	has "$out" 'error ref there is no branch gone' 'a branch that is not there'
	"$builddir/tests/e2e/daemon" stop 15 10 "$(cat "$T/sshd.pid")"
	try "$order$mine$known"
	has "$out" 'error connect' 'nobody there'
	is "$(grep -rlaF "$(key mine)" "$T/state" | wc -l)" 0 'the key is written down nowhere'
else
	echo '# no sshd: ssh was not tried'
fi

# Not the newest commits alone, once older ones are wanted.
git checkout -q trunk
for i in $(seq 30); do git commit -q --allow-empty -m "empty $i"; done
git push -q origin trunk
older=$(git rev-parse HEAD~20)
fetch "url $url/site.git\nkind branch\nref trunk\ncommit \n" prj_kkkkkkkkkkkk
has "$out" 'message empty 30' 'the newest of thirty commits'
fetch "url $url/site.git\nkind branch\nref trunk\ncommit $older\n" prj_kkkkkkkkkkkk
has "$out" 'message empty 10' 'then one of before'
git commit -q --allow-empty -m 'one more'
git push -q origin trunk
fetch "url $url/site.git\nkind branch\nref trunk\ncommit \n" prj_kkkkkkkkkkkk
has "$out" 'message one more' 'then a newer one'

# Uploads: their owner is another user, and the folder above is closed.
up=$T/state/uploads/prj_aaaaaaaaaaaa
put() { # TEXT MODE PATH
	h=$(printf %s "$1" | sha256sum | cut -c1-64)
	mkdir -p "$up/${h%"${h#??}"}"
	printf %s "$1" >"$up/${h%"${h#??}"}/${h#??}"
	echo "$h ${#1} $2 $3" >>"$up/upl_aaaaaaaaaaaa.list"
}
mkdir -p "$up"
put hello - index.html
put 'a b' x 'sub dir/run'
put hello - deep/er/copy
chown -R 64998:64998 "$T/state/uploads"
chmod 750 "$T/state/uploads"
chmod -R u=rwX,go=rX "$up"
fetch 'upload upl_aaaaaaaaaaaa\n'
is "$code" 0 'an upload'
is "$(files)" 'd 755 - deep
d 755 - deep/er
f 644 5 deep/er/copy
f 644 5 index.html
d 755 - sub dir
f 755 3 sub dir/run' 'has its files and modes'
fetch 'upload upl_bbbbbbbbbbbb\n'
has "$out" 'error upload' 'one that is gone'
put x - ../escape
fetch 'upload upl_aaaaaaaaaaaa\n'
has "$out" 'damaged' 'one with a path that leads out'
fetch 'upload ../../x\n'
is "$code" 1 'one that is no name'
echo "1..$n"

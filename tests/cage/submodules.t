#!/bin/sh
# Submodules: those that are meant well, and those that are not (SEC-10 to 12).
. "${srcdir:-.}/tests/cage/fetch.sh"

make() { # NAME
	git init -q --bare -b main "$T/git/$1.git"
	git init -q -b main "$T/src/$1"
	git -C "$T/src/$1" remote add origin "$T/git/$1.git"
}
commit() { # NAME MESSAGE
	git -C "$T/src/$1" add -A
	git -C "$T/src/$1" commit -qm "$2"
	git -C "$T/src/$1" push -q origin HEAD:main
	git -C "$T/src/$1" rev-parse HEAD
}
sub() { # IN PATH URL COMMIT
	git -C "$T/src/$1" config -f .gitmodules "submodule.$2.path" "$2"
	git -C "$T/src/$1" config -f .gitmodules "submodule.$2.url" "$3"
	git -C "$T/src/$1" update-index --add --cacheinfo "160000,$4,$2"
}
get() { # NAME [SUBMODULES]
	fetch "url $url/$1.git\nkind branch\nref main\ncommit \nallow 127.0.0.1/32:$port\nsubmodules ${2:-t}\n"
}

mkdir "$T/src"
make leaf
echo leaf >"$T/src/leaf/leaf.txt"
leaf=$(commit leaf leaf)
echo newer >"$T/src/leaf/leaf.txt"
newer=$(commit leaf newer)
make mid
echo mid >"$T/src/mid/mid.txt"
sub mid deep/leaf ../leaf.git "$leaf"
git -C "$T/src/mid" add mid.txt .gitmodules
git -C "$T/src/mid" commit -qm mid
git -C "$T/src/mid" push -q origin HEAD:main
mid=$(git -C "$T/src/mid" rev-parse HEAD)
make top
echo top >"$T/src/top/index.html"
sub top libs/mid "$url/mid.git" "$mid"
sub top leaf ./../leaf.git "$newer"
top() {
	git -C "$T/src/top" add .gitmodules index.html
	git -C "$T/src/top" commit -qm "$1"
	git -C "$T/src/top" push -qf origin HEAD:main
}
top both
get top
is "$code" 0 'with submodules'
is "$(files | grep -v gitmodules)" 'f 644 4 index.html
d 755 - leaf
f 644 6 leaf/leaf.txt
d 755 - libs
d 755 - libs/mid
d 755 - libs/mid/deep
d 755 - libs/mid/deep/leaf
f 644 5 libs/mid/deep/leaf/leaf.txt
f 644 4 libs/mid/mid.txt' 'at the commits that are recorded, those within as well'
is "$(echo "$out" | grep -c '^slipway-fetch: commit')" 1 'one commit is told'
get top
is "$(echo "$out" | grep -c '^received')" 0 'which are not sent twice'
get top f
is "$(files | grep txt)" '' 'without them'

# Each that cannot be had is named.
bad() { # TEXT-OF-.gitmodules WANTED WHAT
	printf "$1" >"$T/src/top/.gitmodules"
	top bad
	get top
	is "$code" 1 "$3"
	has "$out" "$2" 'is told'
}
one='[submodule "x"]\n\tpath = leaf\n\turl = '
bad "$one$url/gone.git\n" 'error not_found submodule leaf: ' 'a repository that is not there'
for u in -upload-pack=x "--exec=touch /tmp/x" file:///etc "$T/git/leaf.git" ext::sh http://10.0.0.1/x.git \
    http://169.254.169.254/x.git 'https://u:p@127.0.0.1/x.git' '../../../../../../etc' "$url/x y.git"; do
	bad "$one\"$(echo "$u" | sed 's/%/%%/g')\"\n" 'error submodule submodule leaf: ' "URL $u"
done
for p in ../leaf leaf/../leaf /leaf 'leaf\\r' .git/leaf leaf/.GIT -leaf 'leaf/git~1'; do
	case $p in *r) t='"leaf\r"' ;; *) t=$p ;; esac
	bad "[submodule \"x\"]\n\tpath = $t\n\turl = ../leaf.git\n" 'error submodule ' "path $p"
done
bad '[submodule "x"]\n\tpath = leaf\n' 'has no path or no URL' 'without a URL'
bad '[include]\n\tpath = /etc/passwd\n' 'includes other files' 'an include'
bad '[submodule "x"\n' 'error submodule .gitmodules cannot be read' 'not in that format'
is "$(find "$T/state/mirrors" -name post-checkout -o -name pwned)" '' 'no hook'

# Without a key for its host, an SSH URL is the same path over https.
for u in git@host.invalid:a/b.git ssh://git@host.invalid/a/b.git; do
	bad "$one$u\n" 'error host submodule leaf: ' "URL $u without a key"
	has "$out" 'no deploy key for host.invalid: https://host.invalid/a/b.git instead' \
	    'is another'
done

# One that the project's own repository has no use for is for its submodules,
# also beside a token.
fetch "url $url/top.git\nkind branch\nref main\ncommit \nallow 127.0.0.1/32:$port\nsubmodules t
key ssh://host.invalid:22 x\ntoken https://host.invalid:443 ann x\n"
has "$out" 'submodule leaf: ssh://git@host.invalid/a/b.git at ' 'with a key, and a token'
has "$out" 'error host submodule leaf: ' 'is by ssh'

# A name is no path, and a command in it is none.
printf '[submodule "../../x"]\n\tpath = leaf\n\turl = ../leaf.git\n\tupdate = !touch /mirror/pwned\n' \
    >"$T/src/top/.gitmodules"
top name
get top
is "$code" 0 'a name that leads out, with a command'
is "$(files | grep leaf/)" 'f 644 6 leaf/leaf.txt' 'has its files'
is "$(find "$T/state" -name pwned)" '' 'and nothing is run'
git -C "$T/src/top" rm -q --cached libs/mid

# .gitmodules as a link.
rm "$T/src/top/.gitmodules"
ln -s /etc/passwd "$T/src/top/.gitmodules"
top link
get top
has "$out" 'error submodule .gitmodules is not a file' '.gitmodules as a link'
rm "$T/src/top/.gitmodules"

# In a folder that is a link as well: what Git would not make, made by hand.
repo=top
modules=$(printf '[submodule "x"]\n\tpath = a/hooks\n\turl = ../hook.git\n' | object blob --stdin)
make hook
printf '#!/bin/sh\ntouch /mirror/pwned\n' >"$T/src/hook/post-checkout"
chmod 755 "$T/src/hook/post-checkout"
hook=$(commit hook hook)
link=$(printf /mirror | object blob --stdin)
inner=$(entry 160000 hooks "$hook" | object tree --stdin)
for pair in 'a a' 'A a' 'a A'; do
	tree=$({
		entry 100644 .gitmodules "$modules"
		entry 120000 "${pair% *}" "$link"
		entry 40000 "${pair#* }" "$inner"
	} | object tree --stdin)
	git -C "$T/git/top.git" update-ref refs/heads/main \
	    "$(git -C "$T/git/top.git" commit-tree -m evil "$tree")"
	get top
	is "$(find "$T/state/mirrors" -name post-checkout -o -name pwned)" '' \
	    "a link $pair writes no hook"
done
modules=$(printf '[submodule "x"]\n\tpath = a\n\turl = ../leaf.git\n' | object blob --stdin)
tree=$({
	entry 100644 .gitmodules "$modules"
	entry 120000 a "$link"
} | object tree --stdin)
git -C "$T/git/top.git" update-ref refs/heads/main \
    "$(git -C "$T/git/top.git" commit-tree -m link "$tree")"
get top
is "$(find "$T/state/mirrors" -name leaf.txt)" '' 'nor where the link is the submodule'

# In itself, and in one another.
make self
git -C "$T/src/self" commit -qm first --allow-empty
for i in 1 2 3 4 5 6 7 8; do
	sub self again "$url/self.git" "$(git -C "$T/src/self" rev-parse HEAD)"
	git -C "$T/src/self" add .gitmodules
	git -C "$T/src/self" commit -qm "$i"
done
git -C "$T/src/self" push -q origin HEAD:main
get self
has "$out" 'more than 5 deep' 'no deeper than five'
make wide
for i in $(seq 51); do sub wide "m$i" ../leaf.git "$leaf"; done
git -C "$T/src/wide" add .gitmodules
git -C "$T/src/wide" commit -qm wide
git -C "$T/src/wide" push -q origin HEAD:main
get wide
has "$out" 'more than 50 submodules' 'no more than fifty'
get mid
is "$code" 0 'and the next one is as it was'
echo "1..$n"

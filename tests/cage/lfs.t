#!/bin/sh
# Git LFS: what git-lfs pushed is there, and what a server may do is bounded.
. "${srcdir:-.}/tests/cage/fetch.sh"
for p in git-lfs python3; do
	command -v $p >/dev/null || skip "needs $p"
done

mkdir -p "$T/lfs/store"
: >"$T/lfs/log"
echo ok >"$T/lfs/mode"
git init -q --bare -b main "$T/git/big.git"
git init -q -b main "$T/src"
cd "$T/src" || exit 1
git remote add origin "$T/git/big.git"
git lfs install --local >/dev/null
git config lfs.url "$url/big.git/info/lfs"
git config lfs.locksverify false
git lfs track '*.bin' 'art/**' >/dev/null
mkdir art
head -c 3000000 /dev/urandom >one.bin
cp one.bin art/same
echo small >art/tiny.bin
chmod 755 art/tiny.bin
echo '<h1>' >index.html
git add -A
pointer=$(git cat-file -p :one.bin)
echo "$pointer" >not-marked.txt
git add -A
git commit -qm big
git push -q origin main >"$T/push.err" 2>&1 || sed 's/^/# /' "$T/push.err"
is "$(ls "$T/lfs/store" | wc -l)" 2 'git-lfs pushed two objects'
get() { # [PROJECT [MORE]]
	: >"$T/lfs/log"
	fetch "url $url/big.git\nkind branch\nref main\ncommit \nallow 127.0.0.1/32:$port\nlfs ${lfs-t}\n${2-}" \
	    "${1:-prj_aaaaaaaaaaaa}"
}
modes() { # MODE PROJECT: how it ends
	echo "$1" >"$T/lfs/mode"
	get "$2"
	is "$code" 1 "a server that is $1"
}

get
is "$code" 0 'with large files'
is "$(files | grep -v '^d\|gitattr')" 'f 644 3000000 art/same
f 755 6 art/tiny.bin
f 644 5 index.html
f 644 132 not-marked.txt
f 644 3000000 one.bin' 'those that are marked'
has "$out" 'Git LFS: 3 files' 'is told'
is "$(grep -c '^GET' "$T/lfs/log")" 2 'each object once'
is "$(grep -c 'GET .*auth=- ticket=download' "$T/lfs/log")" 2 'with the headers of the batch alone'
is "$(find "$T/state/mirrors" -path '*/lfs/*' -type f -exec sha256sum {} + | sed 's|^\(.*\)  .*/\(.*\)|\1 \2|' | awk '$1 != $2')" '' \
    'kept by their hashes'
get
is "$code" 0 'again'
is "$(cat "$T/lfs/log")" '' 'nothing is asked'
lfs=f get
is "$(files | grep one.bin)" 'f 644 132 one.bin' 'pointers where it is off'

modes private prj_bbbbbbbbbbbb
has "$out" 'error auth the files in Git LFS are private' 'wants a token'
get prj_bbbbbbbbbbbb "token http://127.0.0.1:$port git secret\n"
is "$code" 0 'which helps'
is "$(grep '^GET' "$T/lfs/log" | grep -v 'auth=-')" '' 'and is for the batch alone'
n_other() {
	has "$out" 'is another file than the repository names' 'is found out'
	is "$(find "$T/state/mirrors/$1/lfs" -type f ! -name 'part.*')" '' 'and nothing of it kept'
}
modes other prj_cccccccccccc
n_other prj_cccccccccccc
modes longer prj_cccccccccccc
n_other prj_cccccccccccc
modes shorter prj_cccccccccccc
n_other prj_cccccccccccc
modes moved prj_cccccccccccc
has "$out" 'error redirect Git LFS has moved' 'is not followed'
modes elsewhere prj_cccccccccccc
has "$out" 'answered 302' 'nor with an object'
modes page prj_cccccccccccc
has "$out" 'does not answer as one' 'no server of Git LFS'
modes inside prj_cccccccccccc
has "$out" 'names a URL that is not taken' 'is not obeyed'
modes file prj_cccccccccccc
has "$out" 'names a URL that is not taken' 'nor this one'
modes header prj_cccccccccccc
has "$out" 'names a bad header' 'nor with two lines in a header'
echo ok >"$T/lfs/mode"
rm "$T/lfs/store"/*
get prj_cccccccccccc
has "$out" 'push it with "git lfs push --all origin"' 'an object that was not pushed'

# .lfsconfig is a stranger's word, too.
for u in file:///etc ssh://git@127.0.0.1/x http://10.0.0.1/x 'https://u:p@127.0.0.1/'; do
	git config -f .lfsconfig lfs.url "$u"
	git add .lfsconfig
	git commit -qm config --no-verify
	git push -q --no-verify "$T/git/big.git" main
	get prj_cccccccccccc
	has "$out" 'error lfs lfs.url in .lfsconfig' "lfs.url $u"
done
echo "1..$n"

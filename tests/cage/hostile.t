#!/bin/sh
# Repositories that mean harm (SEC-10, SEC-13, SEC-14): each ends by a limit and
# says so, leaves nothing behind, and the next fetch is as ever.
. "${srcdir:-.}/tests/cage/fetch.sh"
command -v python3 >/dev/null || skip 'needs python3'

# What Git would not make is made by hand.
repo=evil
branches() { # N PREFIX COMMIT: in one file, as if they were packed
	git -C "$T/git/evil.git" pack-refs --all
	{
		echo '# pack-refs with: peeled fully-peeled sorted '
		{
			grep '^[0-9a-f]' "$T/git/evil.git/packed-refs"
			seq "$1" | sed "s|^|$3 refs/heads/$2|"
		} | LC_ALL=C sort -k2
	} >"$T/git/evil.git/packed"
	mv "$T/git/evil.git/packed" "$T/git/evil.git/packed-refs"
}
push() { # BRANCH TREE: a commit of it
	c=$(git -C "$T/git/evil.git" commit-tree -m evil "$2")
	git -C "$T/git/evil.git" update-ref "refs/heads/$1" "$c"
}
git init -q --bare -b main "$T/git/evil.git"
blob=$(echo 'touch /mirror/pwned' | object blob --stdin)
hook=$(entry 100755 post-checkout "$blob" | object tree --stdin)
link=$(printf /mirror | object blob --stdin)
for name in ../escape .git .GIT git~1 . ..; do
	tree=$(entry 100644 "$name" "$blob" | object tree --stdin)
	push bad "$tree"
	fetch "url $url/evil.git\nkind branch\nref bad\ncommit \n" prj_eeeeeeeeeeee
	is "$(files | grep -v index.html)" '' "nothing of an entry \"$name\""
done
sub=$(entry 40000 hooks "$hook" | object tree --stdin)
push bad "$({ entry 120000 a "$link"; entry 40000 a "$sub"; } | object tree --stdin)"
fetch "url $url/evil.git\nkind branch\nref bad\ncommit \n" prj_eeeeeeeeeeee
is "$(find "$T/state/mirrors/prj_eeeeeeeeeeee" -name 'post-checkout' -o -name pwned)" '' \
    'a directory that is a link as well writes nothing there'
tree=$(entry 100644 f "$blob" | object tree --stdin)
for i in 1 2 3 4 5 6 7 8; do
	tree=$(for j in 0 1 2 3 4 5 6 7 8 9; do entry 40000 "d$j" "$tree"; done |
	    object tree --stdin)
done
push bad "$tree"
began=$(date +%s)
fetch "url $url/evil.git\nkind branch\nref bad\ncommit \n" prj_eeeeeeeeeeee
isnt "$code" 0 'ten trees that are a hundred million files'
is "$(($(date +%s) - began < 60))" 1 'are given up soon'
tree=$(entry 100644 f "$blob" | object tree --stdin)
push 'slipway-fetch' "$tree"
old=$c
push 'slipway-fetch' "$tree"
git -C "$T/git/evil.git" update-ref -d refs/heads/bad
branches 20001 b "$(git -C "$T/git/evil.git" commit-tree -m other "$tree")"
old=$(git -C "$T/git/evil.git" commit-tree -m "$old" "$tree")
fetch "url $url/evil.git\nkind branch\nref main\ncommit $old\n" prj_ffffffffffff
has "$out" 'more than 20000 branches' 'no search through any number of branches'
is "$(($(find "$T/state/mirrors/prj_ffffffffffff" | wc -l) < 100))" 1 \
    'nor a file for each'

# Folders in one another, deeper than any path.
tree=$(python3 "$srcdir/tests/cage/packs.py" deep 5000 "$T/git/evil.git")
push deep "$tree"
fetch "url $url/evil.git\nkind branch\nref deep\ncommit \n" prj_gggggggggggg
is "$code" 1 'five thousand folders in one another'
has "$out" 'error too_large' 'are too many'

# Packs that no Git would send, by a server that does.
mkdir "$T/packs"
python3 "$srcdir/tests/cage/packs.py" make "$T/packs"
used() { du -sk "$T/state/mirrors/prj_hhhhhhhhhhhh" | cut -f1; }
pack() { # NAME WANTED WHAT
	began=$(date +%s)
	fetch "url $url/packs/$1.git\nkind branch\nref main\ncommit \n" prj_hhhhhhhhhhhh
	[ "$2" = - ] || isnt "$code" 0 "$3"
	[ "$2" = - ] || has "$out" "slipway-fetch: error $2" 'says so'
	is "$(($(date +%s) - began < 20))" 1 'soon'
}
pack good - 'a pack'
is "$code" 0 'a server that is one'
base=$(used)
pack cycle fetch 'two deltas of one another'
pack self fetch 'a delta of itself'
pack missing fetch 'a delta of nothing'
pack bomb too_large 'a delta that is ten GiB'
pack zeros too_large 'a blob of 300 MiB in 300 KiB'
pack lies '' 'a blob that says it is smaller'
pack lies2 '' 'by its true name'
pack claims '' 'one that says it is 2^60'
pack claims2 '' 'by its true name'
pack many too_large 'a pack of four milliard objects'
pack cut fetch 'a pack that is cut off'
pack sum fetch 'one with a wrong sum'
pack noise fetch 'noise'
pack chain - 'two thousand deltas, each of the one before'
is "$(($(used) <= base + 2000))" 1 'the mirror is no larger than before'
is "$(find "$T/state/mirrors/prj_hhhhhhhhhhhh" -name 'pack_git2*' | wc -l)" 0 \
    'with nothing half done in it'
pack good - 'a pack'
is "$code" 0 'and the next fetch is as ever'

# Where a redirect leads, nobody asks.
fetch "url $url/packs/moved.git\nkind branch\nref main\ncommit \n" prj_hhhhhhhhhhhh
has "$out" 'slipway-fetch: error redirect' 'a redirect to elsewhere'
fetch "url $url/packs/later.git\nkind branch\nref main\ncommit \n" prj_hhhhhhhhhhhh
isnt "$code" 0 'one in place of the pack'
is "$(cat "$T/packs/hit" 2>/dev/null)" '' 'and it was never gone to'

# Very many branches are one line each, and not a file each.
git -C "$T/git/evil.git" update-ref -d refs/heads/deep
c=$(git -C "$T/git/evil.git" rev-parse slipway-fetch)
branches 100000 x/ "$c"
fetch "url $url/evil.git\nkind branch\nref x/5\ncommit \n" prj_iiiiiiiiiiii
is "$code" 0 'one of a hundred thousand branches'
is "$(($(find "$T/state/mirrors/prj_iiiiiiiiiiii" | wc -l) < 100))" 1 'comes alone'
echo "1..$n"

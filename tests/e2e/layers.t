#!/bin/sh
# What builds find besides Debian and Node is what the layers of the image say
# that they have: an operator adds one, replaces it and removes it, while
# builderd runs.
#
# The image is real squashfs, made here: its base has a shell, and its Node is
# none, which no build here needs.  So is the generator: what it is called, Zola,
# is a program that cannot be had here, and this one makes one page of the file
# that Zola would read.
. "${srcdir:-.}/tests/e2e/lib.sh"
command -v mksquashfs >/dev/null || skip_all 'images need squashfs-tools'
image=$T/state/images/tried
conf build-image tried

# What a cage mounts upon is there, as in lib/rootfs.c, and links into usr.
mkdir -p "$image"
(cd "$T" && mkdir -p base/usr/bin none)
for d in dev etc/ssl/certs home/build mirror proc run slipway sys tmp upload var/tmp workspace; do
	mkdir -p "$T/base/$d"
done
: >"$T/base/etc/resolv.conf"
: >"$T/base/etc/ssl/certs/ca-certificates.crt"
for d in bin lib lib64; do
	ln -s "usr/$d" "$T/base/$d"
done
for p in sh mkdir sed cat; do
	file=$(readlink -f "$(command -v $p)")
	cp "$file" "$T/base/usr/bin/$p"
	ldd "$file" | grep -o '/[^ ]*' | while read -r l; do
		mkdir -p "$T/base/usr${l%/*}"
		cp -L "$l" "$T/base/usr$l"
	done
done
ok 'a base' mksquashfs "$T/base" "$image/base.sqfs" -quiet -no-progress
ok 'and a Node' mksquashfs "$T/none" "$image/node22.sqfs" -quiet -no-progress

image() {
	"$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" image "$@" 2>&1
}

# doctor WORD...: what it says of the image, with its cure, run by these.
doctor() {
	"$@" "$builddir/cli/slipwayctl/slipwayctl" -f "$T/slipway.conf" doctor 2>/dev/null |
	    sed -n '/^bad *image /{N;s/\n//;};/^[a-z]* *image /p'
}

# generator FILE WORD: a program that makes a page of config.toml.
generator() {
	mkdir -p "${1%/*}"
	cat >"$1" <<-EOC
		#!/bin/sh
		mkdir -p public
		sed -n 's,^title = "\(.*\)",<h1>\1 $2</h1>,p' config.toml >public/index.html
	EOC
	chmod +x "$1"
}

start postgres redis api serve builderd git nginx
account ann
repo zola
printf 'base_url = "/"\ntitle = "a page"\n' >"$T/src/zola/config.toml"
commit zola 'Begin'
api POST /api/projects "{\"slug\":\"zola\",\"repo\":\"$repo\"}"
deploy zola
is "$state" failed 'a site for Zola is not built without it'
like "$(json .error)" 'the build image has no "zola".*slipwayctl image --add zola=PATH' \
    'and says what to do'

generator "$T/one/zola" one
out=$(image --add "zola=$T/one/zola")
is "$?" 0 'a program is added'
like "$out" 'zola\.sqfs' 'and there'
like "$(image --list | grep -A1 zola)" '^    zola$' 'with its program'
deploy zola
is "$state" ready 'then the site is built'
is "$(json .framework)" zola 'as that'
site zola /
is "$body" '<h1>a page one</h1>' 'and served'

# A folder of an installed program, in the same layer's place.
generator "$T/two/bin/zola" two
generator "$T/two/bin/helper" two
echo 'not a program' >"$T/two/bin/README"
image --add "zola=$T/two" >/dev/null
is "$?" 0 'a folder takes its place'
is "$(image --list | grep -A1 zola | tail -1)" '    helper zola' 'with its programs'
deploy zola
own /
is "$body" '<h1>a page two</h1>' 'which the next build finds'

# A whole tree, and a second layer beside it.
generator "$T/three/usr/bin/cecil" three
image --add "cecil=$T/three" >/dev/null
is "$?" 0 'a tree with usr is added'
api PATCH /api/projects/zola '{"build_command":"cecil && zola && cat public/*","output_dir":"public"}'
deploy zola
like "$log" 'a page two' 'both are there'
api PATCH /api/projects/zola '{"build_command":"","output_dir":""}'

like "$(doctor)" '^good *image .*base\.sqfs, cecil, zola$' 'doctor names the layers'
chmod 711 "$image"
like "$(doctor setpriv --reuid="$build_user" --clear-groups)" \
    "^bad *image *$image: cannot be listed.*-> chmod 755 $image" 'or says that it cannot see them'
chmod 755 "$image"

# As it was made by versions that wrote no record: ours are known by name.
generator "$T/four/hugo" four
image --add "hugo=$T/four/hugo" >/dev/null
rm "$image/hugo.programs" "$image/cecil.programs"
echo 'baseURL = "/"' >"$T/src/zola/hugo.toml"
echo 'title = "a page"' >"$T/src/zola/config.toml"
commit zola 'For Hugo'
deploy zola
is "$state $(json .framework)" 'ready hugo' 'a layer of ours is known without a record'
rm "$T/src/zola/hugo.toml" "$T/src/zola/config.toml"
echo 'title: a page' >"$T/src/zola/cecil.yml"
commit zola 'For Cecil'
deploy zola
is "$(json .framework)" cecil 'another site'
like "$(json .error)" 'image has no "cecil".*--add cecil=PATH' 'of a layer that is not'

# Back again.
rm "$T/src/zola/cecil.yml"
printf 'base_url = "/"\ntitle = "a page"\n' >"$T/src/zola/config.toml"
commit zola 'For Zola'
image --remove zola >/dev/null
is "$?" 0 'the layer is removed'
unlike "$(ls "$image")" 'zola' 'all of it'
deploy zola
is "$state" failed 'and the site is not built'
like "$(json .error)" 'slipwayctl image --add zola=PATH' 'and says so again'
api PATCH /api/projects/zola '{"build_command":"zola build","output_dir":"public"}'
deploy zola
like "$log" 'zola: .*not found' 'nor is the program in a cage'

# As many as there may be, and others in their place.
api PATCH /api/projects/zola '{"build_command":"mkdir -p public && echo built >public/index.html"}'
for i in $(seq 30); do
	cp "$image/cecil.sqfs" "$image/x$i.sqfs"
done
deploy zola
is "$state" ready '32 layers'
rm "$image"/x*.sqfs
for i in $(seq 30); do
	cp "$image/cecil.sqfs" "$image/y$i.sqfs"
done
deploy zola
is "$state" ready 'those that were removed do not count'
[ "$state" = ready ] || note "$(json .error)"
rm "$image"/y*.sqfs

# What is no layer is refused, with a reason.
refused() {
	out=$(image "$1" "$2")
	is "$?" 1 "$1 $2"
	like "$out" "$3" 'with a reason'
}
like "$(image --add "zola=$T/one/zola" --add "cecil=$T/three")" 'each stand alone, and once' \
    'one at a time'
chmod -x "$T/one/zola"
refused --add zola 'not NAME=PATH'
refused --add "zola=$T/one/zola" 'may not be executed'
refused --add "zola=$T/one" 'neither bin nor usr'
refused --add "zola=$T/none/zola" 'No such file'
refused --add "node9=$T/two" "not a layer's name: at most 32"
mkdir "$T/three/etc"
refused --add "cecil=$T/three" 'three/etc: .*nothing else'
rmdir "$T/three/etc"
ln -s bin "$T/three/usr/sbin"
refused --add "cecil=$T/three" 'usr/sbin: not a folder'
ln -s bin "$T/two/lib"
refused --add "zola=$T/two" 'two/lib: not a folder'
rm "$T/two/lib"
chmod -x "$T"/two/bin/*
refused --add "zola=$T/two" 'no program in it'
refused --remove base "not a layer's name"
refused --remove ../tried/cecil "not a layer's name"
refused --remove zola 'no layer zola'
for i in $(seq 30); do
	: >"$image/x$i.sqfs"
done
refused --add "zola=/bin/true" 'there are 32 layers .* --remove'
is "$(image --add hugo=/bin/true >/dev/null; echo $?)" 0 'one that is there can be replaced'
: >"$image/x31.sqfs"
refused --add "hugo=/bin/true" 'more than 32 layers'
like "$(doctor)" '^bad *image .*more than 32 layers.*-> .* --remove' 'which doctor sees as well'

#!/bin/sh
# A folder without a repository: only what the server lacks travels, a broken
# upload goes on where it was, and --prebuilt is published as it is.
. "${srcdir:-.}/tests/e2e/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3'
start postgres redis api serve builderd nginx

sha() {
	sha256sum "$1" | cut -d' ' -f1
}
# list FOLDER: the JSON of an upload.
list() {
	(cd "$1" && find . -type f | sed 's,^\./,,' | sort | while read -r f; do
		printf '["%s","%s",%s,false]\n' "$f" "$(sha "$f")" "$(stat -c %s "$f")"
	done) | jq -s '{files: .}' -c
}
put() {
	api PUT "/api/uploads/$upload/blobs/$1" '' -H 'Content-Type: application/octet-stream' \
	    --data-binary "@$2"
}

account ann
account bob
become ann
api POST /api/projects '{"slug":"folder"}'
mkdir -p "$T/w/sub"
echo '<h1>Uploaded</h1>' >"$T/w/index.html"
echo 'a { color: red }' >"$T/w/sub/a.css"
cp "$T/w/sub/a.css" "$T/w/sub/b.css"

api POST /api/projects/folder/uploads "$(list "$T/w")"
is "$status" 201 'an upload'
upload=$(json .upload)
is "$(json '.missing|length')" 2 'same bytes travel once'
put "$(sha "$T/w/index.html")" "$T/w/index.html"
is "$status" 204 'the first file'
api POST /api/projects/folder/deployments "{\"upload\":\"$upload\",\"prebuilt\":true}"
is "$status" 409 'it is not complete'
put "$(sha "$T/w/sub/a.css")" "$T/w/index.html"
is "$status" 422 'other bytes are refused'
is "$(json '.errors[0].field')" sha256 'by name'
api GET "/api/uploads/$upload"
is "$(json '.missing|join(" ")')" "$(sha "$T/w/sub/a.css")" 'goes on where it was'
become bob
api GET "/api/uploads/$upload"
is "$status" 404 'not for others'
put "$(sha "$T/w/sub/a.css")" "$T/w/sub/a.css"
is "$status" 404 'nor to be filled by them'
become ann
put "$(sha "$T/w/sub/a.css")" "$T/w/sub/a.css"
is "$status" 204 'the rest'
put "$(sha "$T/w/sub/a.css")" "$T/w/sub/a.css"
is "$status" 204 'twice does no harm'
api GET "/api/uploads/$upload"
is "$(json .complete)" true 'complete'

deploy folder "{\"upload\":\"$upload\",\"prebuilt\":true}"
is "$state" ready 'published as it is'
site folder /
is "$body" '<h1>Uploaded</h1>' 'and there'
site folder /sub/b.css
is "$status" 200 'with both copies'

# The next one sends only what changed.
echo '<h1>Again</h1>' >"$T/w/index.html"
api POST /api/projects/folder/uploads "$(list "$T/w")"
upload=$(json .upload)
is "$(json '.missing|length')" 1 'one file changed, one travels'
put "$(sha "$T/w/index.html")" "$T/w/index.html"

# And now it is built: a build script that needs no network.
cat >"$T/w/package.json" <<'EOP'
{"name":"w","scripts":{"build":"mkdir -p dist && sed s/Again/Built/ index.html >dist/index.html"}}
EOP
api POST /api/projects/folder/uploads "$(list "$T/w")"
upload=$(json .upload)
put "$(sha "$T/w/package.json")" "$T/w/package.json"
api PATCH /api/projects/folder '{"ignore_command":"true"}'
deploy folder "{\"upload\":\"$upload\"}"
is "$state" ready 'built'
like "$log" 'the ignore command is not asked: what was uploaded' 'as whoever sent it wants'
site folder /
try=0
while [ $try -lt 20 ] && [ "$body" != '<h1>Built</h1>' ]; do
	sleep 0.1
	site folder /
	try=$((try + 1))
done
is "$body" '<h1>Built</h1>' 'by its own script'

# An archive, as a CI system sends it.
send() { # FILE
	api POST /api/projects/folder/archives '' --data-binary "@$1" \
	    -H 'Content-Type: application/octet-stream'
}
mkdir -p "$T/a/css"
echo '<h1>Packed</h1>' >"$T/a/index.html"
echo 'b { color: blue }' >"$T/a/css/a.css"
ln -s /etc/passwd "$T/a/leak"
tar czf "$T/a.tgz" -C "$T/a" .
send "$T/a.tgz"
is "$status" 201 'an archive'
upload=$(json .upload)
is "$(json .sha256)" "$(sha "$T/a.tgz")" 'of those bytes'
deploy folder "{\"upload\":\"$upload\",\"prebuilt\":true}"
is "$state" ready 'published as it is'
site "${deployment#dpl_}--folder" /css/a.css
is "$body" 'b { color: blue }' 'and there'
site "${deployment#dpl_}--folder" /leak
is "$status" 404 'but for links'
become bob
send "$T/a.tgz"
is "$status" 404 'not by others'
become ann
echo hello >"$T/not.tgz"
send "$T/not.tgz"
deploy folder "{\"upload\":\"$(json .upload)\",\"prebuilt\":true}"
is "$state" failed 'what is no archive'
like "$(json .error)" 'not a tar or zip' 'is not published'

# zip FILE: what a program on standard input puts into z.
zip() {
	{
		echo 'import os, sys, zipfile'
		echo 'z = zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED)'
		cat
		echo 'z.close()'
	} | python3 - "$@"
}

# Sources are built, whatever they come in.
mkdir -p "$T/s/src"
cat >"$T/s/package.json" <<'EOP'
{"name":"s","scripts":{"build":"./make.sh && echo packed >dist/by.txt"}}
EOP
printf '#!/bin/sh\nmkdir dist && sed s/SAID/Zipped/ src/index.html >dist/index.html\n' >"$T/s/make.sh"
chmod 755 "$T/s/make.sh"
echo '<h1>SAID</h1>' >"$T/s/src/index.html"
zip "$T/s.zip" "$T/s" <<'EOP'
os.chdir(sys.argv[2])
for name in 'package.json', 'make.sh', 'src/index.html':
    z.write(name)
EOP
send "$T/s.zip"
is "$status" 201 'a zip of sources'
deploy folder "{\"upload\":\"$(json .upload)\"}"
is "$state" ready 'is built'
own /
is "$body" '<h1>Zipped</h1>' 'by a program that is in it'
own /by.txt
is "$body" packed 'and its package.json'
own /src/index.html
is "$status" 404 'what it is made of is not served'

# The cage is cleared away after the last word, and nobody is told when.
gone() {
	test -z "$(find "$T/state/work" -mindepth 1 -not -name lock 2>/dev/null)"
}
# refused FILE CODE ERROR WHAT: nothing comes of it, nor stays of it.
refused() {
	find "$T/state/blobs" | sort >"$T/before"
	send "$1"
	deploy folder "{\"upload\":\"$(json .upload)\"}"
	is "$state $(json .error_code)" "failed $2" "$4"
	like "$(json .error)" "$3" 'with the reason'
	own /
	is "$status" 404 'it is not served'
	soon
	until gone || late; do :; done
	is "$(find "$T/state/blobs" | sort | diff "$T/before" -)" '' 'and leaves nothing'
}
zip "$T/bomb.zip" <<'EOP'
z.writestr('package.json', '{"scripts":{"build":"true"}}')
z.writestr('zeros', bytes(96 << 20))
EOP
zip "$T/out.zip" "../../../../../../$T/outside" <<'EOP'
z.writestr('index.html', 'hello')
z.writestr(sys.argv[2], 'hello')
EOP
refused "$T/bomb.zip" too_large 'more than 500 times its size' 'a zip that is a bomb'
refused "$T/out.zip" upload '/outside" cannot be used' 'a zip that leads outside'
ok 'nothing is there' test ! -e "$T/outside"

: >"$T/empty"
send "$T/empty"
is "$status" 400 'nothing is no archive'

# What is not a path of ours.
for p in ../up /abs a/../b 'a//b' . '' 'a\u0000b'; do
	api POST /api/projects/folder/uploads \
	    "{\"files\":[[\"$p\",\"$(sha "$T/w/index.html")\",16,false]]}"
	like "$status" '^(400|422)$' "a file called '$p' is refused"
done

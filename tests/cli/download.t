#!/bin/sh
# slipway diff and slipway download: of what is published, checked and unpacked.
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/cli/lib.sh"
start postgres redis api nginx
account ann
export SLIPWAY_URL="$url" SLIPWAY_TOKEN="$token"
api POST /api/projects '{"slug":"shop","repo":"https://git.example/a.git"}'
long=$(printf '%0120d' 1)
mkdir -p "$T/one/css" "$T/one/$long/x"
echo '<h1>One</h1>' >"$T/one/index.html"
echo 'p {}' >"$T/one/css/site.css"
echo 'ü' >"$T/one/Grüße aus Köln.html"
echo deep >"$T/one/$long/x/y"
: >"$T/one/empty"
head -c 2500000 /dev/urandom >"$T/one/large.bin"
cp -a "$T/one" "$T/two"
echo '<h1>Two</h1>!' >"$T/two/index.html"
rm "$T/two/empty"
echo new >"$T/two/new"
release shop "$T/one" && one=$deployment
release shop "$T/two" && two=$deployment

# ---- diff -------------------------------------------------------------------

cli 1 'diff exits 1 where something differs' diff -p shop "$one" "$two"
is "$out" "removed	0	-	/empty
changed	13	14	/index.html
added	-	4	/new" 'and lists it'
like "$err" '1 added, 1 changed, 1 removed, 4 unchanged' 'with totals'
cli 1 'diff alone' diff -p shop
is "$(printf '%s\n' "$out" | wc -l)" 3 'is of the newest that is ready against what was before'
cli 0 'diff exits 0 where nothing does' diff "$one" "$one"
is "$out" '' 'and is silent'
cli 1 'diff --stat' diff --stat "$one" "$two"
like "$out" '^removed	1	0	0$' 'has the totals alone'
cli 1 'diff --json' diff --json "$one" "$two"
is "$(printf '%s' "$out" | jq -c '[.to, (.changes | length), .next]')" "[\"$two\",3,null]" 'is what the API says'
cli 2 'diff exits 2 if it cannot tell' diff "$one" dpl_aaaaaaaaaaaa
like "$err" 'no deployment|cannot find|not yours' 'and says why'
# Rules and settings alone.
api POST /api/projects '{"slug":"ruled","repo":"https://git.example/a.git"}'
release ruled "$T/two" && plain=$deployment
a='{"file":"_redirects","line":1,"text":"/a /b"}' b='{"file":"_redirects","line":2,"text":"/c /d"}'
release ruled "$T/two" preview "report={\"accepted\":[$a,$b],\"refused\":[]}" rule-files=1 spa=off && r1=$deployment
release ruled "$T/two" preview "report={\"accepted\":[$b,$a],\"refused\":[]}" rule-files=2 spa=off && r2=$deployment
release ruled "$T/two" preview "report={\"accepted\":[$b],\"refused\":[]}" rule-files=3 spa=/index.html && r3=$deployment
cli 0 'a diff of the same rules' diff "$r1" "$r1"
cli 1 'rules alone make a difference' diff "$plain" "$r1"
is "$out" 'rule-added	-	-	_redirects:1: /a /b
rule-added	-	-	_redirects:2: /c /d
setting	-	off	spa' 'their lines are listed'
like "$err" 'the rules differ' 'and it is said'
cli 1 'so do lines elsewhere' diff "$r1" "$r2"
is "$out" 'rules-changed	-	-	their order, headers or comments' 'without one that is new'
cli 1 'and settings' diff "$r2" "$r3"
is "$out" 'rule-removed	-	-	_redirects:1: /a /b
setting	off	/index.html	spa' 'with what they were'
cli 1 'the same as JSON' diff --json "$r2" "$r3"
is "$(printf '%s' "$out" | jq -c '[.rules, .settings]')" "[{\"changed\":true,\"added\":[],\"removed\":[$a]},[{\"name\":\"spa\",\"before\":\"off\",\"after\":\"/index.html\"}]]" 'has all of it'
# More than a page.
mkdir "$T/many"
(cd "$T/many" && seq -f 'f%04g' 2300 | while read -r f; do echo "$f" >"$f"; done)
api POST /api/projects '{"slug":"many","repo":"https://git.example/a.git"}'
release many "$T/many"
cli 1 'a diff of many files' diff -p many
is "$(printf '%s\n' "$out" | cut -f4 | md5sum)" "$(seq -f '/f%04g' 2300 | md5sum)" 'is whole, by path'

# ---- download ---------------------------------------------------------------

cd "$T/home" || exit 99
cli 0 'download' download -p shop
is "$out" "shop-$two.tar" 'says what it wrote'
mkdir unpacked
tar -C unpacked -xf "shop-$two.tar"
is "$(diff -r unpacked "$T/two" 2>&1)" '' 'an archive of the newest that is ready'
cli 0 'download -C' download -C new/ "$one"
is "$(diff -r new "$T/one" 2>&1)" '' 'unpacks it into a new folder'
cli 1 'which must be empty' download -C new "$one"
like "$err" 'new/?.* is not empty' 'as it says'
cli 0 'download -o' download -o its.tar "$one"
ok 'writes it where it is told' test -s its.tar
cli 0 'download -o -' download -o - "$one"
cp "$T/home/out" piped.tar
ok 'or to standard output' cmp its.tar piped.tar
cli 0 'many files' download -p many -C many
is "$(diff -r many "$T/many" 2>&1)" '' 'over many pages'
cli 2 'both at once' download -o x -C y "$one"
cli 1 'one that is not there' download dpl_aaaaaaaaaaaa

# What is not what was published is not kept.
blob "$T/one/large.bin"
cp "$f" "$T/blob"
spoil "$f"
cli 1 'a blob that has changed' download -o bad.tar "$one"
like "$err" 'large.bin is not what was published' 'is found'
is "$(ls bad.tar* 2>&1 | grep -c '^bad')" 0 'and not kept'
cli 1 'nor unpacked' download -C bad "$one"
like "$err" 'has [0-9] of 6 files' 'without a word'
is "$(ls bad/large.bin 2>&1 | grep -c '^bad')" 0 'and what is bad does not stay'
rm "$f"
cli 1 'one that is cut' download -o bad.tar "$one"
is "$(ls bad.tar* 2>&1 | grep -c '^bad')" 0 'is not kept'
cp "$T/blob" "$f"

# A server that lies: nothing leaves the folder.
cat >"$T/liar.py" <<'EOP'
import hashlib, http.server, io, json, sys, tarfile
kind = sys.argv[1]
body = b"evil\n"
sha = hashlib.sha256(body).hexdigest()
out = io.BytesIO()
t = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)
name = {"up": "../evil", "root": "/evil", "link": "evil", "dots": "a/./evil", "fat": "evil"}[kind]
i = tarfile.TarInfo(name)
i.size = len(body)
if kind == "link":
    i.type, i.linkname, i.size = tarfile.SYMTYPE, "/etc/passwd", 0
t.addfile(i, io.BytesIO(body))
t.close()
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.endswith("archive.tar"):
            data, what = out.getvalue(), "application/x-tar"
        elif "/files" in self.path:
            data = json.dumps({"files": [{"path": "/" + name, "size": len(body), "sha256": sha}],
                "count": 1 if kind != "fat" else 2**62, "bytes": 5, "next": None}).encode()
            what = "application/json"
        else:
            data, what = json.dumps({"id": "dpl_aaaaaaaaaaaa", "project": {"slug": "../evil"}}).encode(), "application/json"
        self.send_response(200)
        self.send_header("Content-Type", what)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *a): pass
s = http.server.HTTPServer(("127.0.0.1", 0), H)
print(s.server_port, flush=True)
s.serve_forever()
EOP
mkdir -p "$T/home/lies" && cd "$T/home/lies" || exit 99
for kind in up root link dots fat; do
	mkfifo "$T/liar.$kind"
	python3 "$T/liar.py" $kind >"$T/liar.$kind" &
	liar=$!
	echo $liar >"$T/pid/liar"
	p=$(told "$T/liar.$kind")
	cli 1 "a server that lies: $kind" download --url "http://localhost:$p" -C "in.$kind" dpl_aaaaaaaaaaaa
	is "$(find "$T/home" /evil -name 'evil*' 2>/dev/null)" '' 'leaves nothing'
	kill $liar
	wait $liar 2>/dev/null
	rm -f "$T/pid/liar"
done
cd / || exit 99
exit 0

# storage -- many deployments of a site of which little changes each time: by
# bytes four fifths pictures, the rest text; one file of a hundred is new.
picture() {
	head -c 100000 /dev/urandom >"$T/site/$1.webp"
}
text() {
	seq "$RANDOM" 7 900000 | head -c 100000 >"$T/site/$1.js"
}
change() {
	if [ $(($1 % 5)) = 0 ]; then text "$1"; else picture "$1"; fi
}
mkdir -p "$T/site"
for i in $(seq 100); do change "$i"; done
echo '<h1>storage</h1>' >"$T/site/index.html"
api POST /api/projects '{"slug":"stored"}'
before=$(du -sk "$T/state/blobs" | cut -f1)
for i in $(seq 100); do
	change "$i"
	cli deploy --prebuilt="$T/site" -p stored --quiet >>"$T/log/stored.log" 2>&1 ||
	    say "deployment $i failed"
done
n=$(db "SELECT count(*) FROM deployments d JOIN projects p ON p.id = d.project_id
    WHERE p.slug = 'stored' AND d.state = 'ready'")
bytes=$((($(du -sk "$T/state/blobs" | cut -f1) - before) * 1024))
line "storage of $n deployments of a 10 MB site, 1 % changed each" '<= 25 MB' \
    "$(awk -v b="$bytes" 'BEGIN { printf "%.1f MB on the disk, with all compressed copies", b / 1e6 }')" \
    "$(reached "$bytes <= 25000000 && $n == 100")"

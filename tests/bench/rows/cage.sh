# cage -- what a build pays for being in one.
repo caged
cat >"$T/src/caged/build.js" <<'EOP'
// Work of the kind that builds do: text, hashes, and many small files.
const { createHash } = require('crypto'), fs = require('fs');
const begin = process.hrtime.bigint();
fs.mkdirSync('dist', { recursive: true });
let text = '';
for (let i = 0; i < 3000; i++) {
	const page = JSON.stringify(Array.from({ length: 400 }, (_, k) => ({ i, k, s: 'x'.repeat(k % 50) })));
	text = createHash('sha256').update(text + page).digest('hex');
	if (i % 3 === 0)
		fs.writeFileSync(`dist/${i}.html`, page.slice(0, 4096) + text);
}
fs.writeFileSync('dist/index.html', text);
console.log('worked for', Number((process.hrtime.bigint() - begin) / 1000000n), 'ms');
EOP
echo '{"scripts":{"build":"node build.js"}}' >"$T/src/caged/package.json"
project caged

: >"$T/a"
: >"$T/b"
: >"$T/c"
for _ in $(seq "$RUNS"); do
	deployed caged
	sed -n 's/.*worked for \([0-9]*\) ms.*/\1/p' "$T/buildlog" >>"$T/a"
	rm -rf "$T/src/caged/dist"
	(cd "$T/src/caged" && node build.js) | sed -n 's/.*worked for \([0-9]*\) ms.*/\1/p' >>"$T/b"
	rm -rf "$T/src/caged/dist"
done
a=$(median <"$T/a") b=$(median <"$T/b") r=$(ratio "$(median <"$T/a")" "$(median <"$T/b")")
line 'build time in the cage against the bare host, same project' '<= 1.05' \
    "$r ($a ms, $b ms)" "$(reached "$r <= 1.05")"

starts=$("$builddir/tests/bench/cage-start" "$T/cage" "$((RUNS * 5 < 20 ? 20 : RUNS * 5))" | median)
line 'cage start to the first instruction of the build (crun)' '<= 40 ms' \
    "$starts ms" "$(reached "$starts <= 40")"

# overhead -- what a deploy costs beside its own commands.

# overhead PROJECT: milliseconds from the request until its own host answers,
# without install and build, into $T/a.
overhead() {
	before=$(ms)
	deployed "$1"
	curl -sSf -o /dev/null "$(json .url)" || { say 'not live'; exit 1; }
	after=$(ms)
	json "$after - $before - ((.timings.install // 0) + (.timings.build // 0))" >>"$T/a"
}

repo plain
cp -R "$srcdir/examples/plain-html/." "$T/src/plain"
project plain
: >"$T/a"
for i in $(seq "$RUNS"); do
	echo "<!-- $i -->" >>"$T/src/plain/index.html"
	commit plain "$i"
	overhead plain
done
plain=$(median <"$T/a")

repo vite
cp -R "$srcdir/examples/react-vite/." "$T/src/vite"
project vite
deployed vite
: >"$T/a"
: >"$T/b"
: >"$T/c"
for i in $(seq "$RUNS"); do
	sed -i "s,<title>.*</title>,<title>$i</title>," "$T/src/vite/index.html"
	commit vite "$i"
	begin=$(ms)
	overhead vite
	echo $(($(ms) - begin)) >>"$T/b"
	rm -rf "$T/host"
	git clone -q "$T/git/vite.git" "$T/host"
	begin=$(ms)
	(cd "$T/host" && npm ci && npm run build) >"$T/log/host.log" 2>&1 || say 'npm failed on the host'
	echo $(($(ms) - begin)) >>"$T/c"
done
vite=$(median <"$T/a")

line 'platform overhead of a deploy, without install and build' \
    'plain HTML <= 0.7 s; Vite <= 1 s' "plain HTML $plain ms; Vite $vite ms" \
    "$(reached "$plain <= 700 && $vite <= 1000")"

a=$(median <"$T/b") b=$(median <"$T/c")
line 'redeploy of the Vite example, same lock file, against npm ci && npm run build on the bare host' \
    'faster' "$a ms against $b ms ($(ratio "$a" "$b"))" "$(reached "$a < $b")"

# large-project -- a redeploy with very many dependencies, and the same lock
# file: all that is not the build command.
repo lots
cat >"$T/src/lots/package.json" <<'EOT'
{
  "name": "lots", "version": "1.0.0", "private": true,
  "scripts": { "build": "node build.js" },
  "dependencies": {
    "@emotion/react": "11.13.3", "@emotion/styled": "11.13.0",
    "@mui/icons-material": "5.16.7", "@mui/material": "5.16.7",
    "antd": "5.20.6", "date-fns": "3.6.0", "lodash": "4.17.21",
    "next": "15.3.3", "react": "18.3.1", "react-dom": "18.3.1",
    "recharts": "2.12.7"
  }
}
EOT
cat >"$T/src/lots/build.js" <<'EOT'
const fs = require('fs');
const { renderToString } = require('react-dom/server');
fs.mkdirSync('dist', { recursive: true });
fs.writeFileSync('dist/index.html', renderToString(require('react')
    .createElement('p', null, fs.readFileSync('text', 'utf8'))));
EOT
echo 0 >"$T/src/lots/text"
(cd "$T/src/lots" && npm install --package-lock-only --no-audit) >"$T/log/lots.log" 2>&1 ||
    say 'npm made no lock file'
project lots
api PATCH /api/projects/lots '{"output_dir":"dist","framework":"other"}'
deployed lots
install=$(json .timings.install)
packages=$(grep -c '^    "node_modules/' "$T/src/lots/package-lock.json")
# The image is kept when the deployment is ready; so wait for that.
image() {
	find "$T/state/deps/$(json .project.id)" -name '*.img'
}
until [ -n "$(image)" ]; do sleep 0.5; done
files=$(dumpe2fs -h "$(image)" 2>/dev/null |
    awk '/^Inode count/ { n = $3 } /^Free inodes/ { f = $3 } END { print n - f }')
: >"$T/a"
for i in $(seq "$RUNS"); do
	echo "$i" >"$T/src/lots/text"
	commit lots "$i"
	deployed lots
	json '.timings.total - (.timings.build // 0)' >>"$T/a"
	json .timings >&2
done
a=$(median <"$T/a")
line "redeploy with $packages packages and $files files in node_modules, same lock file: all but the build command" \
    '<= 1.5 s' "$a ms (the first time $install ms to install)" "$(reached "$a <= 1500")"

#!/bin/sh
# A project in a workspace: installed at its root, built in its own folder,
# with what the other packages of the workspace are.  Nothing is downloaded.
. "${srcdir:-.}/tests/e2e/lib.sh"
command -v npm >/dev/null || skip_all 'no npm'
start postgres redis api serve builderd git nginx

account ann
repo all
w=$T/src/all
mkdir -p "$w/apps/site" "$w/apps/other" "$w/packages/lib"
echo '{"name":"all","private":true,"workspaces":["apps/*","packages/*"]}' >"$w/package.json"
cat >"$w/apps/site/package.json" <<'EOC'
{
  "name": "site",
  "private": true,
  "scripts": { "build": "node build.js" },
  "dependencies": { "lib": "1.0.0" }
}
EOC
cat >"$w/apps/site/build.js" <<'EOC'
const fs = require("fs"), memory = "../../.turbo/cache";
let n = 1;
try { n += Number(fs.readFileSync(memory + "/n", "utf8")) } catch {}
fs.mkdirSync(memory, { recursive: true });
fs.writeFileSync(memory + "/n", String(n));
fs.mkdirSync(process.env.OUT || "dist", { recursive: true });
fs.writeFileSync((process.env.OUT || "dist") + "/index.html", `<h1>${require("lib")}, ${n}`);
EOC
echo '{"name":"other","private":true}' >"$w/apps/other/package.json"
echo '{"name":"lib","version":"1.0.0"}' >"$w/packages/lib/package.json"
echo 'module.exports = "it is the library";' >"$w/packages/lib/index.js"
(cd "$w" && npm install --package-lock-only --offline --ignore-scripts \
    --no-audit --no-fund) >"$T/log/npm.log" 2>&1
ok 'a lock file at the root' test -f "$w/package-lock.json"
commit all 'Begin'
api POST /api/projects "{\"slug\":\"all\",\"repo\":\"$repo\",\"root_dir\":\"apps/site\"}"
is "$status" 201 'a project'
deploy all
is "$state" ready 'a package of the workspace'
[ "$state" = ready ] || note "$(tail -n 20 "$T/buildlog")"
like "$log" '^npm, by package-lock.json$' 'installed by the lock file of all'
site all /
like "$body" 'it is the library' 'with the library'

echo 'module.exports = "it is new";' >"$w/packages/lib/index.js"
commit all 'Change the library'
deploy all
is "$state" ready 'again'
own /
like "$body" 'it is new' 'with the library as it is now'
like "$body" ', 2$' 'and what Turborepo remembers at the root'

# A project of nx, which a stand-in for it builds at the root.
repo nx
w=$T/src/nx
mkdir -p "$w/apps/site" "$w/tools/nx"
echo '{"name":"all","private":true,"devDependencies":{"nx":"file:tools/nx"}}' >"$w/package.json"
echo '{"name":"nx","version":"20.0.0","bin":{"nx":"nx.js"}}' >"$w/tools/nx/package.json"
cat >"$w/tools/nx/nx.js" <<'EOC'
#!/usr/bin/env node
const fs = require("fs");
if (process.argv.slice(2).join(" ") !== "build site") process.exit(1);
fs.mkdirSync("../../dist/apps/site/browser", { recursive: true });
fs.writeFileSync("../../dist/apps/site/browser/index.html", "<h1>it is of nx");
EOC
chmod +x "$w/tools/nx/nx.js"
echo '{}' >"$w/nx.json"
echo '{"name":"site","targets":{"build":{"options":{"outputPath":"dist/apps/site"}}}}' \
    >"$w/apps/site/project.json"
(cd "$w" && npm install --package-lock-only --offline --ignore-scripts \
    --no-audit --no-fund) >>"$T/log/npm.log" 2>&1
commit nx 'Begin'
api POST /api/projects "{\"slug\":\"nx\",\"repo\":\"$repo\",\"root_dir\":\"apps/site\"}"
deploy nx
is "$state" ready 'a project of nx'
[ "$state" = ready ] || note "$(tail -n 20 "$T/buildlog")"
like "$log" '^\$ nx build site$' 'is built by it'
site nx /
like "$body" 'it is of nx' 'and found at the root'

#!/bin/sh
# What says how to build: the project, then vercel.json and netlify.toml, then
# what is found; and what builds are told of themselves.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd git nginx
account ann

# A site that says in what environment it was built.
repo site
mkdir -p "$T/src/site/app"
cat >"$T/src/site/app/package.json" <<'EOP'
{"name":"site","scripts":{"build":"mkdir -p built && env >built/env.txt && echo script >built/index.html"}}
EOP
cat >"$T/src/site/netlify.toml" <<'EOP'
[build]
  base = "app"
  publish = "built"
  command = "npm run build && echo netlify >built/index.html"
  ignore = "test -e skip-this"
[build.environment]
  FROM_FILE = "general"
  BOTH = "file"
  SECRETS_SCAN_OMIT_KEYS = "NODE_OPTIONS"
[context.production.environment]
  FROM_FILE = "production"
[context.branch-deploy]
  command = "npm run build && echo branch >built/index.html"
EOP
commit site Begin
first=$(git -C "$T/src/site" rev-parse HEAD)
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"
api PUT /api/projects/site/env/NODE_OPTIONS '{"value":"--no-warnings"}'
api PUT /api/projects/site/env/BOTH '{"value":"project"}'

# env_is NAME VALUE WHAT
env_is() {
	is "$(printf '%s\n' "$body" | sed -n "s/^$1=//p")" "$2" "$3"
}

deploy site
is "$state" ready 'netlify.toml says how'
[ "$state" = ready ] || note "$log"
like "$log" 'netlify.toml, context production' 'and the log that it did'
like "$log" 'the ignore command exited with 1: building' 'what to ignore was asked'
own /
is "$body" netlify 'its command, in its base, its folder'
own /env.txt
env_is FROM_FILE production 'its variables, by context'
env_is BOTH project 'the project wins'
env_is NETLIFY true 'it was made for Netlify'
env_is VERCEL '' 'not for Vercel'
env_is CONTEXT production 'the context'
env_is VERCEL_ENV production 'as the other calls it'
env_is COMMIT_REF "$first" 'the commit'
env_is VERCEL_GIT_COMMIT_SHA "$first" 'by either name'
env_is VERCEL_GIT_PREVIOUS_SHA '' 'nothing before it'
env_is CI 1 'CI'
like "$(printf '%s\n' "$body" | grep ^NODE_OPTIONS=)" '=--max-old-space-size=[0-9]* --no-warnings$' \
    'Node knows the limit, and what the project wants'
env_is VERCEL_GIT_REPO_SLUG site 'the name of the repository'

# One that cannot tell does not keep a site from being built: git exits with 128
# where there is no commit before.
api PATCH /api/projects/site '{"ignore_command":"git diff --quiet HEAD^ HEAD -- ."}'
deploy site
is "$state" ready 'an ignore command that fails'
like "$log" 'ignore command exited with 128: building' 'its exit'

# It compares the folder with what was there before, or was deployed.
echo more >"$T/src/site/beside.txt"
commit site Beside
deploy site
is "$state $(json .error_code)" 'canceled ignored' 'the folder is as it was'
api PATCH /api/projects/site \
    '{"ignore_command":"git diff --quiet $VERCEL_GIT_PREVIOUS_SHA HEAD -- . && git diff --quiet $CACHED_COMMIT_REF $COMMIT_REF -- ."}'
echo again >"$T/src/site/beside.txt"
commit site Again
deploy site
is "$state $(json .error_code)" 'canceled ignored' 'and as it was deployed'
echo more >"$T/src/site/app/inside.txt"
commit site Inside
deploy site
is "$state" ready 'it has changed since'
like "$log" 'the ignore command exited with 1: building' 'and git says so'
first=$(git -C "$T/src/site" rev-parse HEAD)

# What else git knows of it, and what it does not.
api PATCH /api/projects/site '{"ignore_command":"git status --porcelain; git branch -a; git tag; git remote -v; git log --format=%s; echo x >/mirror/x; false"}'
git -C "$T/src/site" tag one
git -C "$T/src/site" push -q --tags
deploy site
is "$state" ready 'a look at the history'
is "$(printf '%s\n' "$log" | sed -n '/^\$ git status/,/^the ignore/p' | sed '1d;$d' | tr '\n' ' ')" \
    '* (no branch) Inside Again Beside Begin /bin/sh: 1: cannot create /mirror/x: Read-only file system ' \
    'the commits, and the files as they are there; no names of others, and nothing to write to'
api PATCH /api/projects/site '{"ignore_command":""}'

# Without one that was deployed, nothing is as it was.
api PATCH /api/projects/site '{"ignore_command":"git diff --quiet $CACHED_COMMIT_REF $COMMIT_REF -- ."}'
git -C "$T/src/site" checkout -q -b new
commit site New new
deploy site '{"branch":"new"}'
is "$state" ready 'the first of a branch'
git -C "$T/src/site" checkout -q main
api PATCH /api/projects/site '{"ignore_command":""}'

# A branch is another context; skipping is no failure.
git -C "$T/src/site" checkout -q -b work
touch "$T/src/site/app/skip-this"
commit site Skip work
deploy site '{"branch":"work"}'
is "$state" canceled 'the ignore command skips'
is "$(json .error_code)" ignored 'and it says so'
like "$(json .error)" 'nothing to build' 'in words'
git -C "$T/src/site" rm -q --cached app/skip-this
rm "$T/src/site/app/skip-this"
commit site On work
deploy site '{"branch":"work"}'
is "$state" ready 'a branch'
own /
is "$body" branch 'has the command of its context'
own /env.txt
env_is CONTEXT branch-deploy 'and knows it'
env_is FROM_FILE general 'with the general variables'

# vercel.json is the word for those who have both, and the project's is above.
cat >"$T/src/site/app/vercel.json" <<'EOP'
{"buildCommand":"npm run build && echo vercel >built/index.html","outputDirectory":"./built/"}
EOP
git -C "$T/src/site" checkout -q main
commit site Vercel
deploy site
is "$state" ready 'vercel.json'
own /
is "$body" vercel 'wins over netlify.toml'
own /env.txt
env_is VERCEL 1 'then it was made for Vercel'
env_is VERCEL_GIT_PREVIOUS_SHA "$first" 'the commit before'
env_is CACHED_COMMIT_REF "$first" 'by either name'
api PATCH /api/projects/site '{"build_command":"npm run build && echo project >built/index.html","framework":"nuxt"}'
deploy site
own /
is "$body" project 'the project wins over all'
own /env.txt
env_is NUXT_PUBLIC_VERCEL_ENV production 'what the site may see, by its framework'
env_is NUXT_ENV_VERCEL_ENV production 'and as older ones have it'
env_is TURBO_CI_VENDOR_ENV_KEY NUXT_PUBLIC_VERCEL_ 'which is nothing to Turborepo'
api PATCH /api/projects/site '{"framework":null}'
is "$status" 200 'no framework again'

# A development deployment: a preview with variables of its own.
api PUT /api/projects/site/env/ONLY '{"value":"here","target":"development"}'
is "$status" 200 'a variable for development'
deploy site '{"target":"development"}'
is "$state" ready 'a development deployment'
own /env.txt
env_is ONLY here 'has its variables'
env_is VERCEL_ENV development 'and its name'
env_is CONTEXT dev 'by either name'
deploy site
own /env.txt
env_is ONLY '' 'production does not'

# What cannot be read is said, with its line.
echo '[build' >"$T/src/site/netlify.toml"
commit site Broken
deploy site
is "$state" failed 'a file that is wrong fails the build'
is "$(json .error_code)" config 'as a fault of the files'
like "$(json .error)" 'netlify.toml: line 1' 'with the line'

# Well known causes.
repo known
echo '{"name":"known","scripts":{"build":"node main.js"}}' >"$T/src/known/package.json"
echo 'require("./Lib/Header")' >"$T/src/known/main.js"
echo 'for (const a = [];;) a.push(Array(1e5).fill(1.5))' >"$T/src/known/heap.js"
mkdir "$T/src/known/lib"
echo >"$T/src/known/lib/header.js"
commit known Begin
api POST /api/projects "{\"slug\":\"known\",\"repo\":\"$repo\"}"
deploy known
is "$(json .error_code)" import 'an import in other letters'
like "$(json .error)" 'the file is called "lib/header.js"' 'names the file'
like "$log" 'build failed: "./Lib/Header" is imported' 'in the log as well'
api PATCH /api/projects/known '{"build_command":"npm run nothing"}'
deploy known
is "$(json .error_code)" script 'a script that is missing'
like "$(json .error)" 'no script "nothing"' 'is named'
api PATCH /api/projects/known '{"build_command":"hugoo --minify"}'
deploy known
is "$(json .error_code)" command 'a command that is missing'
like "$(json .error)" 'no command "hugoo"' 'is named'
api PATCH /api/projects/known '{"build_command":"node --max-old-space-size=20 heap.js"}'
deploy known
is "$(json .error_code)" memory 'a heap that is full, which Node ends by a signal'
like "$(json .error)" 'raise the project.s build_memory' 'and what helps'
finish

#!/bin/sh
# A deployment of a repository in parts: submodules, one of them relative, and
# files in Git LFS.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd nginx git

account ann
become ann
repo part
echo '<h1>Part</h1>' >"$T/src/part/index.html"
commit part first
old=$commit
echo '<h1>Newer</h1>' >"$T/src/part/index.html"
commit part second
repo whole
echo '<h1>Whole</h1>' >"$T/src/whole/index.html"
printf '[submodule "docs"]\n\tpath = docs\n\turl = ../part.git\n' >"$T/src/whole/.gitmodules"
git -C "$T/src/whole" add -A
git -C "$T/src/whole" update-index --add --cacheinfo "160000,$old,docs"
git -C "$T/src/whole" commit -qm 'in parts'
git -C "$T/src/whole" push -q origin HEAD:main

api POST /api/projects "{\"slug\":\"whole\",\"repo\":\"$repo\"}"
is "$status" 201 'a project'
deploy whole
is "$state" ready 'with a submodule'
site "${deployment#dpl_}--whole" /docs/
is "$body" '<h1>Part</h1>' 'at the commit that is recorded'
api GET "/api/deployments/$deployment"
is "$(json .commit)" "$(git -C "$T/src/whole" rev-parse HEAD)" 'of the whole'

api PATCH /api/projects/whole '{"submodules":false}'
is "$status" 200 'without'
deploy whole
is "$state" ready 'it is built as well'
site "${deployment#dpl_}--whole" /docs/
is "$status" 404 'and has no more'
api PATCH /api/projects/whole '{"submodules":true}'

printf '[submodule "docs"]\n\tpath = docs\n\turl = ../gone.git\n' >"$T/src/whole/.gitmodules"
git -C "$T/src/whole" add .gitmodules
git -C "$T/src/whole" commit -qm 'gone'
git -C "$T/src/whole" push -q origin HEAD:main
deploy whole
is "$state" failed 'a submodule that is gone'
is "$(json .error_code)" not_found 'is said'
like "$(json .error)" '^submodule docs: there is no repository' 'by name'

# No server of Git LFS is there.
git -C "$T/src/whole" rm -q --cached docs
rm "$T/src/whole/.gitmodules"
printf '*.bin filter=lfs\n' >"$T/src/whole/.gitattributes"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 3\n' 1 \
    >"$T/src/whole/a.bin"
commit whole 'large'
deploy whole
is "$state" failed 'a file in Git LFS that is nowhere'
is "$(json .error_code)" lfs 'is said'
api PATCH /api/projects/whole '{"lfs":false}'
deploy whole
is "$state" ready 'without, its pointer is'

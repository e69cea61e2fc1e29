#!/bin/sh
# Builds that cannot work end as failed, soon, and say why.
. "${srcdir:-.}/tests/e2e/lib.sh"
conf build-output-max 16
conf output-files 20
conf output-file-size 1
conf build-log-max 200
conf build-memory 256
conf build-disk 256
conf build-disk-max 512
start postgres redis api serve builderd git nginx
account ann

# fails NAME CODE PATTERN [DEPLOY-JSON]: what is in $T/src/NAME is deployed and
# fails with that code, and a sentence that fits the pattern.
fails() {
	commit "$1" Begin
	project "$1" "$repo"
	failing "$@"
}
project() {
	api POST /api/projects "{\"slug\":\"$1\",\"repo\":\"$2\"}"
	[ "$status" = 201 ] || note "$1: $status $body"
}
failing() {
	deploy "$1" "$4"
	like "$state $(json .error_code)" "^failed ($2)$" "$1: fails ($2)"
	like "$(json .error)" "$3" "$1: and says why"
	[ "$state" = failed ] || note "$log"
}
script() { # NAME COMMAND: a project whose build is that
	repo "$1"
	jq -n --arg n "$1" --arg b "$2" '{name: $n, scripts: {build: $b}}' >"$T/src/$1/package.json"
}

dead=$("$daemon" port)
conf net-allow "127.0.0.1/32:$git_port 127.0.0.1/32:$dead"
project unreachable "http://127.0.0.1:$dead/a.git"
[ "$status" = 201 ] || project unreachable "https://nowhere.invalid/a.git"
failing unreachable 'connect|host' '127.0.0.1|nowhere.invalid|cannot be resolved'
project absent "http://127.0.0.1:$git_port/absent.git"
failing absent not_found 'absent|not found|404|no repository'

repo branch
echo x >"$T/src/branch/index.html"
commit branch Begin
project branch "$repo"
failing branch ref 'no-such' '{"branch":"no-such"}'
failing branch ref 'v9' '{"tag":"v9"}'
failing branch ref '0123456789' '{"commit":"0123456789012345678901234567890123456789"}'

repo empty
project empty "$repo"
failing empty empty 'empty|no commit'

repo nothing
echo 'int main;' >"$T/src/nothing/main.c"
fails nothing nothing_to_serve 'index.html'

script broken 'echo one; echo two >&2; echo the last words; exit 7'
fails broken exit '7'
like "$(json .error)" 'the last words' 'broken: its last lines are shown'
like "$log" 'one' 'broken: and the log has all'

script nooutput 'mkdir -p elsewhere && echo x >elsewhere/index.html'
repo_dir=$T/src/nooutput
fails nooutput output 'dist'
like "$(json .error)" 'elsewhere' 'nooutput: says which folders there are'

repo many
mkdir "$T/src/many/d"
for i in $(seq 25); do echo "$i" >"$T/src/many/d/$i.html"; done
echo x >"$T/src/many/index.html"
fails many limit '20'

repo large
echo x >"$T/src/large/index.html"
head -c 1500000 /dev/zero >"$T/src/large/big.bin"
fails large limit 'big.bin.*1 MiB|1 MiB.*big.bin'

script slow 'while :; do echo tick; sleep 1; done'
commit slow Begin
project slow "$repo"
api PATCH /api/projects/slow '{"build_timeout":6}'
failing slow timeout '6 s; if that is normal, raise build_timeout'

script hungry 'node -e "const a=[];for(;;)a.push(Buffer.alloc(8<<20,1))"'
fails hungry memory '256 MiB'
like "$(json .error)" 'build-memory in slipway.conf' 'hungry: and what to raise'
script modest 'node -e "const a=[];for(;;)a.push(Buffer.alloc(8<<20,1))"'
commit modest Begin
project modest "$repo"
api PATCH "/api/projects/modest" '{"build_memory":128}'
failing modest memory '128 MiB of memory; raise build_memory \(slipway project set'
db "UPDATE teams SET build_disk = 64"
script full 'for i in $(seq 20); do head -c 10000000 /dev/zero >>big && echo $i || exit; done'
fails full disk '64 MiB.*build_disk of the team'
db 'UPDATE teams SET build_disk = NULL'
db 'UPDATE teams SET build_inodes = 2000'
script litter 'i=0; while : >f$i; do i=$((i+1)); done'
fails litter disk '2000 files.*build_inodes of the team'
db 'UPDATE teams SET build_inodes = NULL'
script crowd 'for i in $(seq 200); do sleep 1000 & done; wait'
commit crowd Begin
project crowd "$repo"
api PATCH /api/projects/crowd '{"build_pids":64}'
failing crowd processes '64 processes; raise build_pids \(slipway project set'
script chatty 'yes | head -n 100000; mkdir dist; echo x >dist/index.html'
commit chatty Begin
project chatty "$repo"
deploy chatty
is "$state" ready 'chatty: too much output is cut, no more'
like "$log" 200 'chatty: and says where'
like "$(wc -l <"$T/buildlog")" '^2[0-9][0-9]$' 'chatty: the log ends'

script flood 'yes flood | head -c 10000000000'
fails flood output_limit 'more than 16 MiB.*build-output-max'

# What is no part of a site, and links that lead out.
repo sneaky
echo x >"$T/src/sneaky/index.html"
ln -s /etc/passwd "$T/src/sneaky/passwd.txt"
ln -s ../../../../etc "$T/src/sneaky/etc"
commit sneaky Begin
project sneaky "$repo"
deploy sneaky
[ "$state" = ready ] || note "sneaky: $state $(json .error)"
for p in /passwd.txt /etc/passwd /.git/config /.git/HEAD; do
	site sneaky $p
	is "$status" 404 "sneaky: $p is not served"
done
echo 'KEY=1' >"$T/src/sneaky/.env"
commit sneaky Leak
deploy sneaky
site sneaky /.env
is "$status" 404 'sneaky: nor are files with a dot'
script leaky 'mkdir dist; echo x >dist/index.html; echo KEY=1 >dist/.env'
fails leaky secret '\.env'
script keyed 'mkdir dist; echo x >dist/index.html; printf -- "-----BEGIN PRIVATE KEY-----\n" >dist/k.txt'
fails keyed secret 'k.txt'

# What fetches is not to be silent for so long either, not even on an emulated
# processor.
silence=5
[ -z "$SLIPWAY_VM" ] || silence=50
script silent 'sleep 1000'
commit silent Begin
project silent "$repo"
api PATCH /api/projects/silent "{\"build_silence\":$silence}"
failing silent silence "$silence seconds; if that is normal, raise build_silence \(slipway"

# After all that the next build works.
repo fine
echo '<h1>fine</h1>' >"$T/src/fine/index.html"
commit fine Begin
project fine "$repo"
deploy fine
is "$state" ready 'and the next one works'

#!/bin/sh
# The command line against the API: accounts, sessions, projects, variables,
# tokens, and errors that say what to do.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api nginx
. "$srcdir/tests/cli/lib.sh"

# Accounts and sessions.
cli 0 'an account' login --signup --url "$url" --email ann@example.org --name Ann --password-stdin <<EOP
correct horse ann
EOP
like "$err" 'Signed in at .* as ann@example.org' 'says so'
is "$(stat -c %a "$creds")" 600 'credentials are nobody else'"'"'s'
unlike "$(cat "$creds")" 'correct horse' 'the password is not kept'
cli 0 'whoami' whoami
is "$out" ann@example.org 'it is ann'
cli 0 'whoami --json' whoami --json
is "$(printf '%s' "$out" | jq -r .user.email)" ann@example.org 'as the API says it'
cli 4 'a wrong password' login --url "$url" --email ann@example.org --password-stdin <<EOP
wrong horse
EOP
cli 0 'the session before is untouched' whoami
cli 1 'one account an address' login --signup --url "$url" --email ann@example.org --password-stdin <<EOP
correct horse ann
EOP
cli 1 'a short password' login --signup --url "$url" --email bob@example.org --password-stdin <<EOP
short
EOP
like "$err" '^slipway: .*password.*[0-9]' 'names the field and the limit, in one line'

# Sessions are renewed by themselves, by one of many at once.
sed -i 's/"expires_at": *[0-9]*/"expires_at":1/' "$creds"
for i in 1 2 3 4 5 6; do
	"$slipway" whoami >"$T/home/who.$i" 2>&1 &
done
wait
is "$(cat "$T"/home/who.* | sort | uniq -c | tr -s ' ')" ' 6 ann@example.org' 'six at once renew it'
sed -i 's/"access_token":"[^"]*"/"access_token":"nonsense"/' "$creds"
cli 0 'a refused token is renewed' whoami

# Projects.
mkdir -p "$T/w/My_Site" && cd "$T/w/My_Site" || exit 99
cli 1 'no project yet' ls
like "$err" 'slipway link' 'says what to do'
cli 0 'init' init --yes
like "$(cat .slipway/project.json)" '"project":"my-site"' 'named after the folder'
cli 1 'init twice' init --yes
cli 0 'no deployments yet' ls
is "$out" '' 'none'
cli 1 'no log either' logs
like "$err" 'slipway deploy' 'says what to do'
cli 0 'projects' ls --projects
like "$out" '^my-site	' 'lines of cells'
cli 0 'show' project show --json
is "$(printf '%s' "$out" | jq -r '.slug+" "+(.repo|tostring)')" 'my-site null' 'no repository'
cli 0 'set' project set build_command='make site' spa=on
cli 0 'show' project show
like "$out" '^build_command	make site$' 'it is set'
cli 1 'a wrong setting' project set spa=maybe
like "$err" '^slipway: .*spa' 'names it'
cli 2 'no such setting' project set colour=red
mkdir ../other && cd ../other || exit 99
cli 1 'a name that is taken' init --name my-site
like "$err" '^slipway: The slug "my-site" is taken, .*choose another' 'says so'
cli 1 'a repository that is none' init --name other --repo file:///etc
like "$err" 'repo' 'names the field'
cli 0 'link' link my-site
cli 0 'as linked' project show
git init -q . && cli 0 'link again' link my-site
is "$(git status --porcelain)" '' 'and git does not see it'
cli 1 'link to nothing' link nothing-here
like "$err" 'there is no project nothing-here, or it is not yours' 'names it'
cd "$T/w/My_Site" || exit 99

# Variables: values go in and do not come out.
cli 0 'env set' env set API_KEY=geheim-1
cli 0 'env set from standard input' env set FROM_PIPE --target preview <<EOP
geheim-2
EOP
printf '# c\nexport A="geheim 3"\n\nB=geheim=4\n' >"$T/w/.env"
cli 0 'env set from a file' env set --from-file ../.env
printf 'C=1\nD geheim-5\n' >"$T/w/.env"
cli 1 'a line that sets nothing' env set --from-file ../.env
like "$err" '\.env:2: not NAME=VALUE; nothing was set' 'is named'
unlike "$err" geheim 'and not shown'
cli 0 'env ls' env ls
is "$(printf '%s\n' "$out" | cut -f1 | sort -u | tr '\n' ' ')" 'A API_KEY B FROM_PIPE ' 'all there'
unlike "$out$(cat "$T"/home/err*)" geheim 'no value to be seen'
cli 0 'env ls --json' env ls --json
unlike "$out" geheim 'not there either'
cli 1 'a bad name' env set 1X=2
like "$err" 'name' 'names the field'
cli 0 'env rm' env rm FROM_PIPE
cli 0 'env ls' env ls
unlike "$out" FROM_PIPE 'gone'
cli 1 'env rm again' env rm FROM_PIPE
like "$err" 'there is no variable FROM_PIPE of project ' 'what is not there is named'
cli 2 'no variable named' env set

# Tokens.
cli 0 'token create' token create ci --scope read --days 1
token_cli=$out
like "$out" '^slp_' 'on standard output alone'
cli 0 'token ls' token ls
like "$out" '	ci	read	' 'listed'
unlike "$out" slp_ 'but not itself'
id=$(printf '%s\n' "$out" | cut -f1)
mv "$creds" "$creds.ann"
SLIPWAY_TOKEN=$token_cli SLIPWAY_URL=$url cli 0 'by token' whoami
is "$out" ann@example.org 'it is ann'
SLIPWAY_TOKEN=$token_cli SLIPWAY_URL=$url cli 1 'it may not write' project set spa=off
SLIPWAY_TOKEN=$token_cli cli 4 'a link gets no token' ls
printf '%s\n' "$token_cli" >"$T/home/token"
cli 0 'login by token' login --url "$url" --token <"$T/home/token"
cli 0 'and kept' whoami
mv "$creds.ann" "$creds"
cli 0 'token rm' token rm "$id"
SLIPWAY_TOKEN=$token_cli SLIPWAY_URL=$url cli 4 'revoked' whoami
like "$err" 'the token in SLIPWAY_TOKEN is not good at' 'says which'

# Others.
cli 0 'bob' login --signup --url "$url" --email bob@example.org --password-stdin <<EOP
correct horse bob
EOP
cli 1 "ann's project is not there for bob" project show
like "$err" '^slipway: ' 'in one line'
cli 0 'logout' logout
cli 4 'signed out' whoami
like "$err" 'slipway login --url' 'says what to do'
cli 4 'twice' logout

stop api
cli 1 'no API' login --url "$url" --email ann@example.org --password-stdin <<EOP
correct horse ann
EOP
like "$err" '^slipway: ' 'in one line'

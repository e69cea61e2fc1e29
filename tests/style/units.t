#!/bin/sh
# The units of systemd are well made, and name what is installed.
. "${srcdir:-.}/tests/style/lib.sh"

[ -f "$builddir/init/slipway-api.service" ] || skip_all 'not built'
prefix=$(sed -n 's,^ExecStart=\(.*\)/sbin/.*,\1,p' "$builddir/init/slipway-api.service")
for u in "$builddir"/init/*.service; do
	p=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$u")
	find "$builddir" -name "${p##*/}" -type f -perm -100 | head -n 1 | grep -q . ||
	    echo "${u##*/}: $p"
done | none 'what they start is built'

# The folders that a daemon may write are those that are made for it.
sed -n 's/^ReadWritePaths=//p' "$builddir"/init/*.service | while read -r d; do
	grep -q "^d $d " "$builddir/init/slipway.tmpfiles.conf" || echo "$d"
done | none 'what they may write is made'

if command -v systemd-analyze >/dev/null; then
	mkdir "$scratch/units"
	for u in "$builddir"/init/*.service "$builddir"/init/*.socket init/*.timer; do
		# Of the programs only the names are known before installation.
		sed "s,^ExecStart=$prefix/sbin/.*,ExecStart=/bin/true," "$u" >"$scratch/units/${u##*/}"
	done
	systemd-analyze verify --man=no "$scratch"/units/* 2>&1 |
	    grep 'slipway-' | none 'systemd takes them'
fi

# It leaves out a line that it does not like, and says so.
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers --dry-run "$PWD/init/slipway.sysusers" 2>&1 |
	    grep 'slipway.sysusers:' | none 'and the users'
fi
finish

#!/bin/sh
# What no program of ours may call, by what it links to: a shell, a search of
# PATH, what allocates nothing less than trouble (SEC-05).
. "${srcdir:-.}/tests/style/lib.sh"
# Under a sanitizer everything is linked to everything.
grep -q '^#define SANITIZE\|-DSANITIZE' "$builddir/config.status" &&
    skip_all 'a sanitizer links what we do not call'

programs=$(find "$builddir/fcgi-api" "$builddir/fcgi-serve" "$builddir/builderd" \
    "$builddir/cli" -type f -perm -100 2>/dev/null | sort)
[ -n "$programs" ] || skip_all 'nothing is built'

banned='system|popen|wordexp|execlp|execvp|execvpe|execl|execle|execv|gets|tmpnam|tempnam|mktemp|strcpy_s|sprintf|vsprintf|strtok|gethostbyname|FCGX_FPrintF|FCGX_VFPrintF|FCGX_OpenSocket|FCGI_Accept|FCGI_.*'
for p in $programs; do
	nm -u "$p" 2>/dev/null | awk '{ print $2 }' | sed 's/@.*//' |
	    grep -Ex "$banned" | none "${p#"$builddir/"}"
done
for p in fcgi-api/fcgi-api fcgi-serve/fcgi-serve builderd/builderd; do
	[ ! -x "$builddir/$p" ] || nm -u "$builddir/$p" | grep -w PQexec |
	    none "$p sends no SQL made of text"
done
for p in $programs; do
	{ nm "$p" 2>/dev/null | grep -i ' [tT] .*inject'
	  strings -a "$p" | grep -x 'TORTURE_.*'; } | none "${p#"$builddir/"} injects no faults"
done
for p in fcgi-api/fcgi-api fcgi-serve/fcgi-serve; do
	[ ! -x "$builddir/$p" ] || nm -u "$builddir/$p" | sed 's/.* //;s/@.*//' |
	    grep -Ex 'execve|fexecve|execveat|posix_spawnp?' |
	    none "$p runs no other program"
done
for p in $programs; do
	case $p in
	*/cage-init) continue ;; # static: no dynamic section to look at
	esac
	readelf -hld "$p" 2>/dev/null >"$scratch/elf" || continue
	grep -q . "$scratch/elf" || continue
	{ grep -q 'Type: *DYN' "$scratch/elf" || echo 'not position independent'
	  grep -q GNU_RELRO "$scratch/elf" && grep -q 'BIND_NOW\|FLAGS.*NOW' "$scratch/elf" ||
	    echo 'relocations stay writable'
	  grep -q 'GNU_STACK' "$scratch/elf" && ! grep -A1 GNU_STACK "$scratch/elf" | grep -q RWE ||
	    echo 'executable stack'; } | none "${p#"$builddir/"} is hardened"
done
finish

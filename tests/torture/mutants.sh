#!/bin/bash
# mutants.sh -- would the torture run notice?  Each of mutants/*.sql breaks the
# promise that its first line names; a run with it must say so.
#
#	make torture-mutants TIME=40 MUTANTS="fence live"
srcdir=${srcdir:-.}
n=0 bad=0
for m in ${MUTANTS:-$(cd "$srcdir/tests/torture/mutants" && ls | sed 's/\.sql$//')}; do
	f=$srcdir/tests/torture/mutants/$m.sql
	promise=$(sed -n '1s/^-- \(I[0-9]*\): .*/\1/p' "$f")
	n=$((n + 1))
	if MUTANT=$f TIME=${TIME:-40} bash "$srcdir/tests/torture/torture.t" |
	    grep -q "^not ok [0-9]* - $promise "; then
		echo "ok $n - $m breaks $promise"
	else
		echo "not ok $n - $m breaks $promise"
		bad=1
	fi
done
echo "1..$n"
exit $bad

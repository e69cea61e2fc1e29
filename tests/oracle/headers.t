#!/bin/sh
# Headers against what Netlify itself makes of them: see headers.mjs.  Its packages come
# from the npm registry.
. "${srcdir:-.}/tests/oracle/npm.sh"
packages headers.mjs @netlify/headers-parser@9.0.3
node headers.mjs "$builddir/tests/oracle/rules" "$SEED" "$CASES"

#!/bin/sh
# Redirects against what Netlify itself makes of them: see redirects.mjs.  Its packages come
# from the npm registry.
. "${srcdir:-.}/tests/oracle/npm.sh"
packages redirects.mjs netlify-redirector@0.5.0 netlify-redirect-parser@14.4.0
node redirects.mjs "$builddir/tests/oracle/rules" "$SEED" "$CASES"

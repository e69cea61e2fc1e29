#!/bin/sh
# vercel.json against the package that its vendor makes routes with: see
# vercel.mjs.  It comes from the npm registry.
. "${srcdir:-.}/tests/oracle/npm.sh"
packages vercel.mjs @vercel/routing-utils@6.6.0
node vercel.mjs "$builddir/tests/oracle/vercel-show" "${CONFIGS:-600}" 10 "${SEED:-1}"

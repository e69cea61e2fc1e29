#!/bin/sh
# Detection against what others detect, on folders made for this: see
# detect.mjs.  Their packages come from the npm registry.
. "${srcdir:-.}/tests/oracle/npm.sh"
packages detect.mjs @vercel/frameworks@3.34.0 @vercel/fs-detectors@7.7.3 \
    @netlify/build-info@10.5.1
node detect.mjs "$builddir/tests/oracle/show" "$srcdir/builderd/frameworks.def"

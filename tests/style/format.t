#!/bin/sh
# clang-format has the last word, and a file is one noun.
. "${srcdir:-.}/tests/style/lib.sh"
command -v clang-format >/dev/null || skip_all 'no clang-format'

sources | xargs clang-format --dry-run -Werror --style=file 2>&1 |
    grep -E 'error:' | cut -d: -f1 | sort | uniq -c | none 'clang-format leaves the C alone'
sources | xargs wc -l | awk '$2 != "total" && $1 > 700' | none 'no file above 700 lines'
finish

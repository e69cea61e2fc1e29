EXTRA_DIST += tests/oracle/npm.sh tests/oracle/kit.mjs

# What others detect in the same folders.
tests_sh += tests/oracle/detect.t
check_PROGRAMS += tests/oracle/show
tests_oracle_show_SOURCES = tests/oracle/show.c
tests_oracle_show_LDADD = builderd/libbuild.a $(LDADD)
EXTRA_DIST += tests/oracle/detect.mjs

# What Netlify makes of _redirects, _headers and netlify.toml.
tests_sh += tests/oracle/redirects.t tests/oracle/headers.t
check_PROGRAMS += tests/oracle/rules
tests_oracle_rules_SOURCES = tests/oracle/rules.c
tests_oracle_rules_LDADD = rules/librules.a $(LDADD) $(PCRE2_LIBS)
EXTRA_DIST += tests/oracle/redirects.mjs tests/oracle/headers.mjs

# What @vercel/routing-utils makes of the same vercel.json.
tests_sh += tests/oracle/vercel.t
check_PROGRAMS += tests/oracle/vercel-show
tests_oracle_vercel_show_SOURCES = tests/oracle/vercel-show.c
tests_oracle_vercel_show_LDADD = rules/librules.a $(LDADD) $(PCRE2_LIBS)
EXTRA_DIST += tests/oracle/vercel.mjs

rules_tests_LIBS = rules/librules.a $(LDADD) $(PCRE2_LIBS)

tests_c += tests/rules/pathre-t tests/rules/regex-t
tests_rules_pathre_t_SOURCES = tests/rules/pathre-t.c
tests_rules_pathre_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/rules
tests_rules_pathre_t_LDADD = $(rules_tests_LIBS)
tests_rules_regex_t_SOURCES = tests/rules/regex-t.c
tests_rules_regex_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/rules
tests_rules_regex_t_LDADD = $(rules_tests_LIBS)

tests_c += tests/rules/share-t
tests_rules_share_t_SOURCES = tests/rules/share-t.c
tests_rules_share_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/rules
tests_rules_share_t_LDADD = $(rules_tests_LIBS)

tests_c += tests/rules/vercel-t
tests_rules_vercel_t_SOURCES = tests/rules/vercel-t.c
tests_rules_vercel_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/rules
tests_rules_vercel_t_LDADD = $(rules_tests_LIBS)

tests_c += tests/rules/netlify-t
tests_rules_netlify_t_SOURCES = tests/rules/netlify-t.c
tests_rules_netlify_t_LDADD = $(rules_tests_LIBS)

tests_c += tests/rules/report-t
tests_rules_report_t_SOURCES = tests/rules/report-t.c
tests_rules_report_t_LDADD = $(rules_tests_LIBS)

tests_c += tests/rules/limits-t
tests_rules_limits_t_SOURCES = tests/rules/limits-t.c
tests_rules_limits_t_LDADD = $(rules_tests_LIBS)

# What others detect in the same folders.
tests_sh += tests/oracle/detect.t
check_PROGRAMS += tests/oracle/show
tests_oracle_show_SOURCES = tests/oracle/show.c
tests_oracle_show_LDADD = builderd/libbuild.a $(LDADD)
EXTRA_DIST += tests/oracle/detect.mjs

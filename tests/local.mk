# A unit test is one line: what it is made of.  tests/<folder>/local.mk has
# the lines of each folder.
include tests/lib/local.mk
include tests/builderd/local.mk
include tests/cage/local.mk
include tests/fcgi-serve/local.mk
include tests/site/local.mk
include tests/bench/local.mk
include tests/cli/local.mk
include tests/fcgi-api/local.mk
include tests/e2e/local.mk
include tests/fuzz/local.mk
include tests/rules/local.mk
include tests/style/local.mk
include tests/oracle/local.mk
include tests/torture/local.mk

# A FastCGI client, for whatever talks to fcgi-api or fcgi-serve.
check_PROGRAMS	+= $(tests_c) tests/fcgi
tests_fcgi_SOURCES = tests/fcgi.c
tests_fcgi_LDADD =
# And what runs each test, so that none hangs or leaves a process behind.
check_PROGRAMS	+= tests/bounded
tests_bounded_LDADD =
TESTS		= $(tests_c) $(tests_sh)
TEST_EXTENSIONS	= .t
AM_TESTS_ENVIRONMENT = builddir='$(abs_top_builddir)'; export builddir; \
	LSAN_OPTIONS='suppressions=$(abs_top_srcdir)/tests/lsan.supp:print_suppressions=0'; \
	export LSAN_OPTIONS; \
		  srcdir='$(abs_top_srcdir)'; export srcdir;
LOG_DRIVER	= env AM_TAP_AWK='$(AWK)' $(SHELL) \
		  $(top_srcdir)/build-aux/tap-driver.sh
T_LOG_DRIVER	= $(LOG_DRIVER)
LOG_COMPILER	= $(top_builddir)/tests/bounded
T_LOG_COMPILER	= $(LOG_COMPILER)
EXTRA_DIST	+= $(tests_sh) tests/tap.h tests/vm/init tests/vm/machine.service \
		   tests/vm/run tests/vm/units.t

# The cluster that tests copy, and what a killed test may leave.
clean-local:
	rm -rf tests/e2e/template
EXTRA_DIST	+= tests/lsan.supp tests/TRIED.md

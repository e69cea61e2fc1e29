# A unit test is one line: what it is made of.  tests/<folder>/local.mk has
# the lines of each folder.
include tests/lib/local.mk

# A FastCGI client, for whatever talks to fcgi-api or fcgi-serve.
check_PROGRAMS	+= $(tests_c) tests/fcgi
tests_fcgi_SOURCES = tests/fcgi.c
tests_fcgi_LDADD =
TESTS		= $(tests_c) $(tests_sh)
TEST_EXTENSIONS	= .t
LOG_DRIVER	= env AM_TAP_AWK='$(AWK)' $(SHELL) \
		  $(top_srcdir)/build-aux/tap-driver.sh
T_LOG_DRIVER	= $(LOG_DRIVER)
EXTRA_DIST	+= $(tests_sh) tests/tap.h

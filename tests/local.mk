tests_lib	= tests/lib/arena-t

tests_c		+= $(tests_lib)
check_PROGRAMS	+= $(tests_c)
tests_cppflags	= $(AM_CPPFLAGS) -I$(top_srcdir) -I$(top_srcdir)/tests \
		  $(DEPS_CFLAGS)
tests_lib_arena_t_SOURCES = tests/lib/arena-t.c tests/tap.h
tests_lib_arena_t_CPPFLAGS = $(tests_cppflags)
tests_lib_arena_t_LDADD = lib/libslipway.a

TESTS		= $(tests_c) $(tests_sh)
TEST_EXTENSIONS	= .t
LOG_DRIVER	= env AM_TAP_AWK='$(AWK)' $(SHELL) \
		  $(top_srcdir)/build-aux/tap-driver.sh
T_LOG_DRIVER	= $(LOG_DRIVER)
EXTRA_DIST	+= $(tests_sh)

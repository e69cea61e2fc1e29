# Faults without end: builders of a kind of their own, compiled with places at
# which something goes wrong and a short lease, and who makes them suffer.
LEASE_MS = 5000
torture_inject = builderd/main.c lib/db.c tests/torture/inject.c \
	tests/torture/control.c tests/torture/control.h \
	tests/torture/record.c tests/torture/record.h
torture_cppflags = $(AM_CPPFLAGS) $(COMPRESS_CFLAGS) $(SECCOMP_CFLAGS) -DINJECT \
	-DLEASE_MS=$(LEASE_MS)
torture_ldadd = rules/librules.a $(LDADD) $(PCRE2_LIBS) $(COMPRESS_LIBS) $(SECCOMP_LIBS) $(CURL_LIBS)
check_LIBRARIES += tests/torture/libbuild.a
tests_torture_libbuild_a_CPPFLAGS = $(torture_cppflags)
tests_torture_libbuild_a_SOURCES = $(builderd_libbuild_a_SOURCES)
$(tests_torture_libbuild_a_OBJECTS): | builderd/frameworks.inc

# Most only pretend to build: their steps and cages come before the libraries',
# and of two definitions the first counts.
check_PROGRAMS += tests/torture/builderd-fake
tests_torture_builderd_fake_CPPFLAGS = $(torture_cppflags)
tests_torture_builderd_fake_SOURCES = $(torture_inject) \
	tests/torture/fakecage.c tests/torture/steps.c
tests_torture_builderd_fake_LDFLAGS = $(AM_LDFLAGS) -Wl,-z,muldefs
tests_torture_builderd_fake_LDADD = tests/torture/libbuild.a \
	builderd/libcage.a $(torture_ldadd)

check_PROGRAMS += tests/torture/builderd-real
tests_torture_builderd_real_CPPFLAGS = $(torture_cppflags)
tests_torture_builderd_real_SOURCES = $(torture_inject)
tests_torture_builderd_real_LDADD = tests/torture/libbuild.a \
	builderd/libcage.a $(torture_ldadd)

check_PROGRAMS += tests/torture/torture
tests_torture_torture_CPPFLAGS = $(AM_CPPFLAGS) -DLEASE_MS=$(LEASE_MS)
tests_torture_torture_SOURCES = tests/torture/main.c tests/torture/torture.h \
	tests/torture/cages.c tests/torture/control.c tests/torture/control.h \
	tests/torture/dump.c tests/torture/load.c tests/torture/nemesis.c \
	tests/torture/proxy.c tests/torture/record.c tests/torture/record.h \
	tests/torture/server.c tests/torture/watch.c
tests_torture_torture_LDADD = $(LDADD)

check_PROGRAMS += tests/torture/judge
torture_check = tests/torture/check.c tests/torture/check.h \
	tests/torture/history.c tests/torture/history.h
tests_torture_judge_SOURCES = tests/torture/judge.c $(torture_check)
tests_torture_judge_LDADD =

# PostgreSQL loads it, so it is made without the flags of programs.
check_SCRIPTS += tests/torture/clock.so
CLEANFILES += tests/torture/clock.so
tests/torture/clock.so: tests/torture/clock.c tests/torture/control.c tests/torture/control.h
	$(AM_V_CCLD)$(MKDIR_P) tests/torture && $(CC) -std=gnu11 -O2 -fPIC -shared \
	    -o $@ $(srcdir)/tests/torture/clock.c $(srcdir)/tests/torture/control.c
EXTRA_DIST += tests/torture/clock.c tests/torture/setup.sql

tests_c += tests/torture/check-t
tests_torture_check_t_SOURCES = tests/torture/check-t.c $(torture_check)
tests_torture_check_t_LDADD =
tests_sh += tests/torture/torture.t

# make torture TIME=3600 SEED=1 (make passes both on in the environment)
torture: $(check_PROGRAMS) $(check_SCRIPTS)
	@$(AM_TESTS_ENVIRONMENT) TIME="$${TIME:-600}" SEED="$$SEED" \
	    bash $(srcdir)/tests/torture/torture.t
torture-mutants: $(check_PROGRAMS) $(check_SCRIPTS)
	@$(AM_TESTS_ENVIRONMENT) bash $(srcdir)/tests/torture/mutants.sh
.PHONY: torture torture-mutants
EXTRA_DIST += tests/torture/mutants.sh tests/torture/mutants/commit.sql \
	tests/torture/mutants/lease.sql \
	tests/torture/mutants/live.sql tests/torture/mutants/log.sql \
	tests/torture/mutants/lost.sql

# The figures, in half an hour; see RESULTS.md.
EXTRA_PROGRAMS = tests/bench/hammer
tests_bench_hammer_SOURCES = tests/bench/hammer.c
tests_bench_hammer_LDADD =
CLEANFILES += tests/bench/hammer
EXTRA_DIST += tests/bench/run tests/bench/random.lua tests/bench/hosts.lua tests/bench/RESULTS.md \
	tests/bench/rows/hot.sh \
	tests/bench/rows/cold.sh \
	tests/bench/rows/rules.sh \
	tests/bench/rows/large.sh \
	tests/bench/rows/large-project.sh \
	tests/bench/rows/switch.sh \
	tests/bench/rows/api.sh \
	tests/bench/rows/overhead.sh \
	tests/bench/rows/many.sh \
	tests/bench/rows/hosts.sh \
	tests/bench/rows/restart.sh \
	tests/bench/rows/neighbour.sh \
	tests/bench/rows/queue.sh \
	tests/bench/rows/cancel.sh \
	tests/bench/rows/cage.sh \
	tests/bench/rows/storage.sh \
	tests/bench/rows/memory.sh

bench: all tests/bench/floor tests/bench/hammer tests/bench/lag tests/bench/visit \
	tests/bench/redact tests/bench/manifests tests/e2e/daemon
	srcdir='$(abs_top_srcdir)' builddir='$(abs_top_builddir)' \
	    $(top_srcdir)/tests/bench/run $(ROWS)
.PHONY: bench
EXTRA_PROGRAMS += tests/bench/lag tests/bench/visit
CLEANFILES += tests/bench/lag tests/bench/visit
tests_bench_visit_SOURCES = tests/bench/visit.c
tests_bench_visit_LDADD =
tests_bench_lag_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
tests_bench_lag_SOURCES = tests/bench/lag.c
tests_bench_lag_LDADD = $(CURL_LIBS)
EXTRA_PROGRAMS += tests/bench/redact
CLEANFILES += tests/bench/redact
EXTRA_DIST += tests/bench/rows/logs.sh tests/bench/rows/redact.sh
tests_bench_redact_SOURCES = tests/bench/redact.c
tests_bench_redact_LDADD = builderd/libbuild.a $(LDADD)
noinst_PROGRAMS += tests/bench/cage-start
tests_bench_cage_start_SOURCES = tests/bench/cage-start.c
tests_bench_cage_start_LDADD = builderd/libcage.a $(LDADD) $(SECCOMP_LIBS)
EXTRA_PROGRAMS += tests/bench/floor
CLEANFILES += tests/bench/floor
EXTRA_DIST += tests/bench/rows/floor.sh tests/bench/rows/publish.sh \
	tests/bench/rows/rivals.sh
tests_bench_floor_SOURCES = tests/bench/floor.c
tests_bench_floor_LDADD = $(FCGI_LIBS)
tests_bench_floor_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS)
EXTRA_PROGRAMS += tests/bench/manifests
CLEANFILES += tests/bench/manifests
tests_bench_manifests_SOURCES = tests/bench/manifests.c
tests_bench_manifests_LDADD = $(LDADD)

# The figures, in half an hour; see RESULTS.md.
EXTRA_PROGRAMS = tests/bench/hammer
tests_bench_hammer_SOURCES = tests/bench/hammer.c
tests_bench_hammer_LDADD =
CLEANFILES += tests/bench/hammer
EXTRA_DIST += tests/bench/run tests/bench/random.lua tests/bench/RESULTS.md

bench: all tests/bench/hammer tests/e2e/daemon
	srcdir='$(abs_top_srcdir)' builddir='$(abs_top_builddir)' \
	    $(top_srcdir)/tests/bench/run $(ROWS)
.PHONY: bench

# End to end: real servers, each test with its own (lib.sh).
check_PROGRAMS += tests/e2e/daemon
tests_e2e_daemon_SOURCES = tests/e2e/daemon.c
tests_e2e_daemon_LDADD =
tests_sh += \
	tests/e2e/lib.t tests/e2e/rls.t tests/e2e/slipwayctl.t \
	tests/e2e/doctor.t tests/e2e/gc.t
EXTRA_DIST += tests/e2e/lib.sh tests/e2e/web.sh tests/e2e/git.sh \
	tests/e2e/template.sh
tests_sh += tests/e2e/network.t

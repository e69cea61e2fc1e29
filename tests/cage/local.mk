# Cages for real: needs root and crun, and skips without.
cage_ldadd = builderd/libcage.a $(LDADD) $(SECCOMP_LIBS)

tests_c += tests/cage/cage-t
tests_cage_cage_t_SOURCES = tests/cage/cage-t.c tests/cage/calls.h tests/cage/keepers.h tests/cage/inside.h
tests_cage_cage_t_LDADD = $(cage_ldadd)
tests_cage_cage_t_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=keeper_main \
	-Wl,--wrap=disk_make -Wl,--wrap=work_reset -Wl,--wrap=cgroup_kill

tests_c += tests/cage/runsc-t
tests_cage_runsc_t_SOURCES = tests/cage/runsc-t.c tests/cage/calls.h tests/cage/keepers.h tests/cage/inside.h
tests_cage_runsc_t_LDADD = $(cage_ldadd)
tests_cage_runsc_t_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=keeper_main \
	-Wl,--wrap=disk_make -Wl,--wrap=work_reset -Wl,--wrap=cgroup_kill

tests_c += tests/cage/proxy-t
tests_cage_proxy_t_SOURCES = tests/cage/proxy-t.c
tests_cage_proxy_t_LDADD = $(cage_ldadd)

check_PROGRAMS += tests/cage/fetch
tests_cage_fetch_SOURCES = tests/cage/fetch.c
tests_cage_fetch_LDADD = $(cage_ldadd)
tests_sh += tests/cage/fetch.t tests/cage/hostile.t tests/cage/lfs.t \
	tests/cage/submodules.t
EXTRA_DIST += tests/cage/fetch.sh tests/cage/lfs.py tests/cage/packs.py

tests_c += tests/cage/net-t
tests_cage_net_t_SOURCES = tests/cage/net-t.c tests/cage/net.h
tests_cage_net_t_LDADD = $(cage_ldadd)

tests_c += tests/cage/peek-t
tests_cage_peek_t_SOURCES = tests/cage/peek-t.c tests/cage/hello.h builderd/proxy/peek.c
EXTRA_DIST += tests/cage/hello.h

tests_c += tests/cage/names-t
tests_cage_names_t_SOURCES = tests/cage/names-t.c tests/cage/net.h tests/cage/hello.h
tests_cage_names_t_LDADD = $(cage_ldadd)
tests_sh += tests/cage/unpack.t
EXTRA_DIST += tests/cage/unpack.py

tests_c += tests/cage/cgroup-t
tests_cage_cgroup_t_SOURCES = tests/cage/cgroup-t.c

# The cage: a library that builderd and its tests link, and two programs that
# run in a cage.
noinst_LIBRARIES += builderd/libcage.a
builderd_libcage_a_SOURCES = \
	builderd/bundle.c \
	builderd/cage.c builderd/cage.h \
	builderd/cage-msg.c builderd/cage-msg.h \
	builderd/cgroup.c \
	builderd/helper.c builderd/helper.h \
	builderd/image.c builderd/image.h \
	builderd/keep.h \
	builderd/keeper.c \
	builderd/mount.c \
	builderd/net.c \
	builderd/private.c \
	builderd/proxy.c builderd/proxy.h \
	builderd/seccomp.c \
	builderd/work.c builderd/work.h

pkglibexec_PROGRAMS += builderd/cage-init
builderd_cage_init_SOURCES = builderd/init.c builderd/init-msg.h
builderd_cage_init_LDFLAGS = -static
builderd_cage_init_LDADD =
if SANITIZE
# Which cannot be had statically.
builderd_cage_init_LDFLAGS += -fno-sanitize=all
builderd/init.$(OBJEXT): CFLAGS = -g -O1
endif

pkglibexec_PROGRAMS += builderd/slipway-proxy
builderd_slipway_proxy_SOURCES = \
	builderd/dns.c builderd/dns.h \
	builderd/proxy-main.c builderd/proxy.h \
	builderd/tunnel.c builderd/tunnel.h
builderd_slipway_proxy_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS)
builderd_slipway_proxy_LDADD = lib/libslipway.a $(SECCOMP_LIBS)

pkglibexec_PROGRAMS += builderd/slipway-fetch
builderd_slipway_fetch_SOURCES = \
	builderd/fetcher/fetcher.h \
	builderd/fetcher/git.c \
	builderd/fetcher/main.c \
	builderd/fetcher/refs.c builderd/fetcher/refs.h \
	builderd/fetcher/upload.c
builderd_slipway_fetch_CPPFLAGS = $(AM_CPPFLAGS) $(GIT2_CFLAGS)
builderd_slipway_fetch_LDADD = lib/libslipway.a $(GIT2_LIBS)

# The cage: a library that builderd and its tests link, and two programs that
# run in a cage.
noinst_LIBRARIES += builderd/libcage.a
builderd_libcage_a_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS)
builderd_libcage_a_SOURCES = \
	builderd/cage/bundle.c \
	builderd/cage/cage.c builderd/cage/cage.h \
	builderd/cage/cage-msg.c builderd/cage/cage-msg.h \
	builderd/cage/confine.c builderd/cage/confine.h \
	builderd/cage/count.c \
	builderd/cage/disk.c \
	builderd/cage/image.c builderd/cage/image.h \
	builderd/cage/keeper.c builderd/cage/keep.h \
	builderd/cage/keeper-msg.c \
	builderd/cage/bounds.c \
	builderd/cage/line.c \
	builderd/cage/net.c \
	builderd/cage/root/calls.c \
	builderd/cage/root/cgroup.c \
	builderd/cage/root/give.c \
	builderd/cage/root/helper.c \
	builderd/cage/root/mount.c \
	builderd/cage/root/root.h \
	builderd/cage/root/slot.c \
	builderd/cage/root/warden.c \
	builderd/cage/root/work.c \
	builderd/cage/seccomp.c \
	builderd/proxy/proxy.c builderd/proxy/proxy.h

pkglibexec_PROGRAMS += builderd/cage-init
builderd_cage_init_SOURCES = builderd/cage/init.c builderd/cage/init-msg.h
builderd_cage_init_LDFLAGS = -static
builderd_cage_init_LDADD =
if SANITIZE
# Which cannot be had statically.
builderd_cage_init_LDFLAGS += -fno-sanitize=all
builderd/cage/init.$(OBJEXT): CFLAGS = -g -O1
endif

pkglibexec_PROGRAMS += builderd/slipway-proxy
builderd_slipway_proxy_SOURCES = \
	builderd/cage/confine.c builderd/cage/confine.h \
	builderd/proxy/dns.c builderd/proxy/dns.h \
	builderd/proxy/host.c builderd/proxy/host.h \
	builderd/proxy/main.c builderd/proxy/proxy.h \
	builderd/proxy/message.c builderd/proxy/message.h \
	builderd/proxy/peek.c builderd/proxy/peek.h \
	builderd/proxy/tunnel.c builderd/proxy/tunnel.h
builderd_slipway_proxy_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS)
builderd_slipway_proxy_LDADD = lib/libslipway.a $(SECCOMP_LIBS)

pkglibexec_PROGRAMS += builderd/slipway-fetch
builderd_slipway_fetch_SOURCES = \
	builderd/fetcher/fetcher.h \
	builderd/fetcher/git.c builderd/fetcher/git.h \
	builderd/fetcher/history.c builderd/fetcher/history.h \
	builderd/fetcher/lfs.c builderd/fetcher/lfs.h \
	builderd/fetcher/login.c builderd/fetcher/login.h \
	builderd/fetcher/main.c \
	builderd/fetcher/mirror.c builderd/fetcher/mirror.h \
	builderd/fetcher/place.c builderd/fetcher/place.h \
	builderd/fetcher/pointer.c builderd/fetcher/pointer.h \
	builderd/fetcher/refs.c builderd/fetcher/refs.h \
	builderd/fetcher/say.c \
	builderd/fetcher/settings.c builderd/fetcher/settings.h \
	builderd/fetcher/submodule.c builderd/fetcher/submodule.h \
	builderd/fetcher/transfer.c builderd/fetcher/transfer.h \
	builderd/fetcher/upload.c
builderd_slipway_fetch_CPPFLAGS = $(AM_CPPFLAGS) $(GIT2_CFLAGS) $(CURL_CFLAGS)
builderd_slipway_fetch_LDADD = lib/libslipway.a $(GIT2_LIBS) $(CURL_LIBS) \
	$(DEPS_LIBS)

pkglibexec_PROGRAMS += builderd/slipway-unpack
builderd_slipway_unpack_SOURCES = \
	builderd/fetcher/fetcher.h \
	builderd/fetcher/member.c builderd/fetcher/member.h \
	builderd/fetcher/place.c builderd/fetcher/place.h \
	builderd/fetcher/say.c \
	builderd/fetcher/unpack.c
builderd_slipway_unpack_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS)
builderd_slipway_unpack_LDADD = lib/libslipway.a $(ARCHIVE_LIBS)

# The unprivileged side: a library that builderd and its tests link.
noinst_LIBRARIES += builderd/libbuild.a
builderd_libbuild_a_CPPFLAGS = $(AM_CPPFLAGS) $(COMPRESS_CFLAGS)
builderd_libbuild_a_SOURCES = \
	builderd/build.c builderd/claim.c builderd/builderd.h \
	builderd/chores.c \
	builderd/collect.c builderd/collect.h \
	builderd/command.c \
	builderd/compress.c builderd/compress.h \
	builderd/detect.c \
	builderd/env.c \
	builderd/fetch.c builderd/fetch.h \
	builderd/framework.c builderd/framework.h \
	builderd/install.c \
	builderd/journal.c builderd/journal.h \
	builderd/lease.h \
	builderd/loop.c \
	builderd/output.c \
	builderd/package.c builderd/package.h \
	builderd/publish.c \
	builderd/query.c builderd/query.h \
	builderd/redact.c builderd/redact.h \
	builderd/text.c builderd/text.h \
	builderd/tree.c builderd/tree.h
EXTRA_DIST += builderd/build.mk

sbin_PROGRAMS += builderd/builderd
builderd_builderd_SOURCES = builderd/main.c
builderd_builderd_LDADD = builderd/libbuild.a builderd/libcage.a $(LDADD) \
	$(COMPRESS_LIBS) $(CDB_LIBS)
dist_man_MANS += builderd/builderd.8

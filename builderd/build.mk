# The unprivileged side: a library that builderd and its tests link.
noinst_LIBRARIES += builderd/libbuild.a
builderd_libbuild_a_CPPFLAGS = $(AM_CPPFLAGS) $(COMPRESS_CFLAGS) $(CURL_CFLAGS) $(SECCOMP_CFLAGS)
builderd_libbuild_a_SOURCES = \
	builderd/account.c \
	builderd/cache.c \
	builderd/build.c builderd/builderd.h \
	builderd/cause.c builderd/cause.h \
	builderd/claim.c \
	builderd/chores.c \
	builderd/collect.c builderd/collect.h \
	builderd/command.c \
	builderd/compress.c builderd/compress.h \
	builderd/detect.c \
	builderd/downloads.c builderd/downloads.h \
	builderd/env.c \
	builderd/fetch.c builderd/fetch.h \
	builderd/framework.c builderd/framework.h \
	builderd/install.c \
	builderd/colour.c builderd/colour.h \
	builderd/journal.c builderd/journal.h \
	builderd/journal-lines.h builderd/journal-send.c \
	builderd/lease.h \
	builderd/limits.c builderd/limits.h \
	builderd/leak.c \
	builderd/lockfile.c builderd/lockfile.h \
	builderd/loop.c builderd/loop.h \
	builderd/manager.c builderd/manager.h \
	builderd/opener.c builderd/opener.h builderd/opener-msg.c \
	builderd/outbox.c \
	builderd/output.c \
	builderd/post.c builderd/post.h \
	builderd/package.c builderd/package.h \
	builderd/publish.c \
	builderd/query.c builderd/query.h \
	builderd/range.c builderd/range.h \
	builderd/registries.c \
	builderd/reaper.c builderd/reaper.h \
	builderd/redact.c builderd/redact.h \
	builderd/renewer.c builderd/renewer.h \
	builderd/repofile.c builderd/repofile.h \
	builderd/room.c builderd/room.h \
	builderd/secret.c builderd/secret.h \
	builderd/siterules.c builderd/siterules.h \
	builderd/slot.c \
	builderd/source.c builderd/source.h \
	builderd/text.c builderd/text.h \
	builderd/tree.c builderd/tree.h \
	builderd/workspace.c builderd/workspace.h
EXTRA_DIST += builderd/build.mk builderd/frameworks.def builderd/frameworks.awk

# How automake calls that object depends on what else there is; later changes
# are seen by the compiler's own dependencies.
$(builderd_libbuild_a_OBJECTS): | builderd/frameworks.inc
builderd/frameworks.inc: builderd/frameworks.def builderd/frameworks.awk
	$(AM_V_GEN)$(MKDIR_P) builderd && $(AWK) \
	    -f $(top_srcdir)/builderd/frameworks.awk \
	    $(top_srcdir)/builderd/frameworks.def >$@.part && mv $@.part $@
CLEANFILES += builderd/frameworks.inc builderd/frameworks.inc.part

sbin_PROGRAMS += builderd/builderd
builderd_builderd_SOURCES = builderd/main.c
builderd_builderd_LDADD = builderd/libbuild.a rules/librules.a builderd/libcage.a $(LDADD) \
	$(PCRE2_LIBS) $(COMPRESS_LIBS) $(SECCOMP_LIBS) \
	$(CURL_LIBS)
dist_man_MANS += builderd/builderd.8

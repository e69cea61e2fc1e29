# What a host and a path are answered with: for whoever serves, and whoever
# explains.
noinst_LIBRARIES += site/libsite.a
site_libsite_a_SOURCES = \
	site/accept.c site/accept.h \
	site/answer.c \
	site/blob.c \
	site/cond.c site/cond.h \
	site/decorate.c \
	site/explain.c site/explain.h \
	site/file.c \
	site/find.c \
	site/host.c site/host.h \
	site/lru.c site/lru.h \
	site/names.c site/names.h \
	site/page.c \
	site/params.c \
	site/path.c site/path.h \
	site/proxy.c \
	site/reply.c site/reply.h \
	site/req.h \
	site/room.c \
	site/rule.c \
	site/site.c site/site.h \
	site/skew.c \
	site/upstream.c site/upstream.h \
	site/why.c site/why.h

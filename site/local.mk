# What a host and a path are answered with: for whoever serves, and whoever
# explains.
noinst_LIBRARIES += site/libsite.a
site_libsite_a_SOURCES = \
	site/accept.c site/accept.h \
	site/cond.c site/cond.h \
	site/find.c \
	site/host.c site/host.h \
	site/path.c site/path.h \
	site/site.c site/site.h

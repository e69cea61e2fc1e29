dist_man_MANS += fcgi-api/fcgi-api.8
sbin_PROGRAMS += fcgi-api/fcgi-api
fcgi_api_fcgi_api_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS) $(JWT_CFLAGS)
fcgi_api_fcgi_api_SOURCES = \
	fcgi-api/alias.c fcgi-api/api.h fcgi-api/apitoken.c \
	fcgi-api/archive.c fcgi-api/auth.c fcgi-api/body.c \
	fcgi-api/content.c fcgi-api/content.h fcgi-api/cursor.c \
	fcgi-api/deployment.c fcgi-api/diff.c fcgi-api/diffrules.c fcgi-api/explain.c \
	fcgi-api/env.c fcgi-api/filelist.c fcgi-api/gate.c fcgi-api/hook.c fcgi-api/limit.c \
	fcgi-api/log.c fcgi-api/main.c fcgi-api/metrics.c fcgi-api/misc.c \
	fcgi-api/openapi.c fcgi-api/param.c fcgi-api/project.c fcgi-api/protect.c \
	fcgi-api/query.c fcgi-api/query.h fcgi-api/reply.c fcgi-api/req.c \
	fcgi-api/route.c fcgi-api/source.c fcgi-api/sql.h fcgi-api/tar.c fcgi-api/tar.h \
	fcgi-api/text.c fcgi-api/token.c fcgi-api/token.h \
	fcgi-api/upload.c fcgi-api/usage.c fcgi-api/worker.c
fcgi_api_fcgi_api_LDADD = site/libsite.a rules/librules.a $(LDADD) \
	$(PCRE2_LIBS) $(FCGI_LIBS) $(JWT_LIBS) $(ARGON2_LIBS)

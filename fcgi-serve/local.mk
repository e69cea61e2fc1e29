sbin_PROGRAMS += fcgi-serve/fcgi-serve
fcgi_serve_fcgi_serve_SOURCES = fcgi-serve/serve.h \
	fcgi-serve/ask.c \
	fcgi-serve/cookie.c fcgi-serve/cookie.h \
	fcgi-serve/form.c fcgi-serve/form.h \
	fcgi-serve/gens.c fcgi-serve/gens.h \
	fcgi-serve/guard.c \
	fcgi-serve/listen.c \
	fcgi-serve/login.c fcgi-serve/login.h \
	fcgi-serve/logins.c fcgi-serve/logins.h \
	fcgi-serve/main.c \
	fcgi-serve/query.c fcgi-serve/query.h \
	fcgi-serve/req.c \
	fcgi-serve/route.c \
	fcgi-serve/routefile.c \
	fcgi-serve/wire.c fcgi-serve/wire.h
fcgi_serve_fcgi_serve_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS)
fcgi_serve_fcgi_serve_LDADD = site/libsite.a rules/librules.a lib/libslipway.a $(DEPS_LIBS) \
	$(FCGI_LIBS) $(PCRE2_LIBS) $(ARGON2_LIBS)
dist_man_MANS += fcgi-serve/fcgi-serve.8

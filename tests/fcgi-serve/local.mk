check_PROGRAMS += tests/fcgi-serve/mksite
tests_fcgi_serve_mksite_SOURCES = tests/fcgi-serve/mksite.c
tests_fcgi_serve_mksite_LDADD = rules/librules.a $(LDADD) \
	$(COMPRESS_LIBS) $(PCRE2_LIBS)

tests_sh += tests/e2e/serve-http.t
tests_sh += tests/httpd-conf/lint.t

tests_c += tests/fcgi-serve/cookie-t
tests_fcgi_serve_cookie_t_SOURCES = tests/fcgi-serve/cookie-t.c \
	fcgi-serve/cookie.c fcgi-serve/form.c fcgi-serve/logins.c

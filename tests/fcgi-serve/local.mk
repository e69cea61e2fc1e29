check_PROGRAMS += tests/fcgi-serve/mksite
tests_fcgi_serve_mksite_SOURCES = tests/fcgi-serve/mksite.c
tests_fcgi_serve_mksite_LDADD = $(LDADD) $(CDB_LIBS) $(COMPRESS_LIBS)

tests_c += tests/fcgi-serve/accept-t tests/fcgi-serve/host-t \
	tests/fcgi-serve/path-t tests/fcgi-serve/range-t
tests_fcgi_serve_accept_t_SOURCES = tests/fcgi-serve/accept-t.c \
	fcgi-serve/accept.c
tests_fcgi_serve_host_t_SOURCES = tests/fcgi-serve/host-t.c fcgi-serve/host.c
tests_fcgi_serve_path_t_SOURCES = tests/fcgi-serve/path-t.c fcgi-serve/path.c
tests_fcgi_serve_range_t_SOURCES = tests/fcgi-serve/range-t.c fcgi-serve/cond.c
tests_sh += tests/e2e/serve-http.t
tests_sh += tests/httpd-conf/lint.t

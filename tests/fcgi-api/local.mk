# The API: units of fcgi-api, and the whole of it in one conversation.
tests_c += tests/fcgi-api/route-t tests/fcgi-api/tar-t \
	tests/fcgi-api/token-t
tests_fcgi_api_route_t_SOURCES = tests/fcgi-api/route-t.c fcgi-api/route.c
tests_fcgi_api_route_t_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS)
tests_fcgi_api_tar_t_SOURCES = tests/fcgi-api/tar-t.c fcgi-api/tar.c
tests_fcgi_api_tar_t_LDADD =
tests_fcgi_api_token_t_SOURCES = tests/fcgi-api/token-t.c fcgi-api/token.c
tests_fcgi_api_token_t_CPPFLAGS = $(AM_CPPFLAGS) $(JWT_CFLAGS)
tests_fcgi_api_token_t_LDADD = $(LDADD) $(JWT_LIBS)

tests_sh += tests/fcgi-api/api.t tests/fcgi-api/limit.t \
	tests/fcgi-api/query.t
check_PROGRAMS += tests/fcgi-api/queries
tests_fcgi_api_queries_SOURCES = tests/fcgi-api/queries.c fcgi-api/query.c \
	fcgi-api/sql.h

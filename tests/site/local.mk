tests_c += tests/site/accept-t tests/site/host-t tests/site/lru-t \
	tests/site/names-t tests/site/path-t tests/site/range-t tests/site/upstream-t
tests_site_accept_t_SOURCES = tests/site/accept-t.c
tests_site_accept_t_LDADD = site/libsite.a $(LDADD)
tests_site_host_t_SOURCES = tests/site/host-t.c
tests_site_host_t_LDADD = site/libsite.a $(LDADD)
tests_site_lru_t_SOURCES = tests/site/lru-t.c
tests_site_lru_t_LDADD = site/libsite.a $(LDADD)
tests_site_names_t_SOURCES = tests/site/names-t.c
tests_site_names_t_LDADD = site/libsite.a $(LDADD)
tests_site_path_t_SOURCES = tests/site/path-t.c
tests_site_path_t_LDADD = site/libsite.a $(LDADD)
tests_site_range_t_SOURCES = tests/site/range-t.c
tests_site_range_t_LDADD = site/libsite.a $(LDADD)
tests_site_upstream_t_SOURCES = tests/site/upstream-t.c
tests_site_upstream_t_LDADD = site/libsite.a $(LDADD)

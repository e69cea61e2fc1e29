tests_builderd = tests/builderd/collect-t tests/builderd/framework-t \
	tests/builderd/journal-t tests/builderd/limits-t tests/builderd/package-t tests/builderd/redact-t
tests_c += $(tests_builderd)
tests_builderd_collect_t_SOURCES = tests/builderd/collect-t.c tests/builderd/fixture.h
tests_builderd_collect_t_LDADD = builderd/libbuild.a $(LDADD)
tests_builderd_framework_t_SOURCES = tests/builderd/framework-t.c tests/builderd/fixture.h
tests_builderd_framework_t_LDADD = builderd/libbuild.a $(LDADD)
tests_builderd_journal_t_SOURCES = tests/builderd/journal-t.c
tests_builderd_journal_t_LDADD = builderd/libbuild.a $(LDADD)
tests_builderd_package_t_SOURCES = tests/builderd/package-t.c tests/builderd/fixture.h
tests_builderd_package_t_LDADD = builderd/libbuild.a $(LDADD)
tests_builderd_redact_t_SOURCES = tests/builderd/redact-t.c
tests_builderd_redact_t_LDADD = builderd/libbuild.a $(LDADD)
tests_builderd_limits_t_SOURCES = tests/builderd/limits-t.c
tests_builderd_limits_t_LDADD = builderd/libbuild.a $(LDADD)

tests_c += tests/builderd/cause-t tests/builderd/repofile-t
tests_builderd_cause_t_SOURCES = tests/builderd/cause-t.c tests/builderd/fixture.h
tests_builderd_cause_t_LDADD = builderd/libbuild.a $(LDADD)
tests_builderd_repofile_t_SOURCES = tests/builderd/repofile-t.c tests/builderd/fixture.h
tests_builderd_repofile_t_LDADD = builderd/libbuild.a $(LDADD)
tests_c += tests/builderd/leak-t
tests_builderd_leak_t_SOURCES = tests/builderd/leak-t.c
tests_builderd_leak_t_LDADD = builderd/libbuild.a $(LDADD)
tests_c += tests/builderd/lockfile-t
tests_builderd_lockfile_t_SOURCES = tests/builderd/lockfile-t.c
tests_builderd_lockfile_t_LDADD = builderd/libbuild.a $(LDADD)
tests_c += tests/builderd/opener-t
tests_builderd_opener_t_SOURCES = tests/builderd/opener-t.c
tests_builderd_opener_t_LDADD = builderd/libbuild.a builderd/libcage.a $(LDADD) \
	$(SECCOMP_LIBS)
tests_c += tests/builderd/compress-t
tests_builderd_compress_t_SOURCES = tests/builderd/compress-t.c
tests_builderd_compress_t_LDADD = builderd/libbuild.a $(LDADD) $(COMPRESS_LIBS)

tests_c += tests/lib/addr-t tests/lib/arena-t tests/lib/conf-t tests/lib/key-t \
	tests/lib/log-t tests/lib/signals-t
tests_lib_addr_t_SOURCES = tests/lib/addr-t.c
tests_lib_arena_t_SOURCES = tests/lib/arena-t.c
tests_lib_conf_t_SOURCES = tests/lib/conf-t.c
tests_lib_key_t_SOURCES = tests/lib/key-t.c
tests_lib_log_t_SOURCES = tests/lib/log-t.c
tests_lib_signals_t_SOURCES = tests/lib/signals-t.c
tests_c += tests/lib/password-t
tests_lib_password_t_SOURCES = tests/lib/password-t.c
tests_lib_password_t_LDADD = $(LDADD) $(ARGON2_LIBS)

tests_c += tests/lib/manifest-t tests/lib/pairs-t tests/lib/mime-t tests/lib/store-t
tests_lib_manifest_t_SOURCES = tests/lib/manifest-t.c
tests_lib_pairs_t_SOURCES = tests/lib/pairs-t.c
tests_lib_manifest_t_LDADD = $(LDADD)
tests_lib_mime_t_SOURCES = tests/lib/mime-t.c
tests_lib_store_t_SOURCES = tests/lib/store-t.c

# The store and the collector on a file system that forgets.
tests_c += tests/lib/life-t
tests_lib_life_t_SOURCES = tests/lib/life-t.c tests/lib/life.h tests/lib/simfs.h \
	cli/slipwayctl/marks.c
tests_lib_life_t_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/cli/slipwayctl

# What comes from outside, and secrets.
tests_c += tests/lib/giturl-t tests/lib/json-t tests/lib/seal-t \
	tests/lib/valid-t
tests_lib_giturl_t_SOURCES = tests/lib/giturl-t.c
tests_lib_json_t_SOURCES = tests/lib/json-t.c
tests_lib_seal_t_SOURCES = tests/lib/seal-t.c
tests_lib_valid_t_SOURCES = tests/lib/valid-t.c

# Against Python's own reader.
check_PROGRAMS += tests/lib/toml-cat
tests_lib_toml_cat_SOURCES = tests/lib/toml-cat.c
tests_sh += tests/lib/toml.t
tests_c += tests/lib/sshkey-t
tests_lib_sshkey_t_SOURCES = tests/lib/sshkey-t.c
tests_c += tests/lib/hosts-t
tests_lib_hosts_t_SOURCES = tests/lib/hosts-t.c
tests_c += tests/lib/ignore-t
tests_lib_ignore_t_SOURCES = tests/lib/ignore-t.c

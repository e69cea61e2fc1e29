# Fuzz targets: tests/fuzz/NAME.c with LLVMFuzzerTestOneInput(), and a small
# corpus in tests/fuzz/corpus/NAME.  A target is three lines here:
#
#	fuzz += NAME
#	tests_c += tests/fuzz/NAME-t
#	tests_fuzz_NAME_t_SOURCES = tests/fuzz/NAME.c tests/fuzz/replay.c
#
# It includes the .c of a program that it wants to reach.  "make check" replays
# the corpus; "make fuzz" looks for more, FUZZ_SECONDS each.
fuzz = target cage giturl json manifest valid

tests_c += tests/fuzz/cage-t tests/fuzz/giturl-t tests/fuzz/json-t tests/fuzz/manifest-t \
	tests/fuzz/valid-t
tests_fuzz_cage_t_SOURCES = tests/fuzz/cage.c tests/fuzz/replay.c
tests_fuzz_giturl_t_SOURCES = tests/fuzz/giturl.c tests/fuzz/replay.c
tests_fuzz_json_t_SOURCES = tests/fuzz/json.c tests/fuzz/replay.c
tests_fuzz_manifest_t_SOURCES = tests/fuzz/manifest.c tests/fuzz/replay.c
tests_fuzz_manifest_t_LDADD = $(LDADD)
tests_fuzz_valid_t_SOURCES = tests/fuzz/valid.c tests/fuzz/replay.c

FUZZ_SECONDS = 60
FUZZ_CC = clang
FUZZ_FLAGS = -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined

EXTRA_DIST += tests/fuzz/corpus

fuzz: all
	@mkdir -p tests/fuzz/found
	@for t in $(fuzz); do \
		echo "== $$t"; \
		mkdir -p tests/fuzz/found/$$t; \
		$(FUZZ_CC) $(DEFS) $(AM_CPPFLAGS) $(FCGI_CFLAGS) $(JWT_CFLAGS) \
		    $(FUZZ_FLAGS) -o tests/fuzz/$$t-fuzz \
		    $(top_srcdir)/tests/fuzz/$$t.c $(top_srcdir)/lib/*.c \
		    $(top_srcdir)/rules/*.c $(DEPS_LIBS) $(FUZZ_LIBS) || exit 1; \
		tests/fuzz/$$t-fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=5 \
		    -print_final_stats=0 -artifact_prefix=tests/fuzz/found/$$t- \
		    tests/fuzz/found/$$t $(top_srcdir)/tests/fuzz/corpus/$$t \
		    || exit 1; \
	done
.PHONY: fuzz

FUZZ_LIBS = $(FCGI_LIBS) $(JWT_LIBS) $(ARGON2_LIBS) \
	$(COMPRESS_LIBS) $(CURL_LIBS) $(PCRE2_LIBS)

tests_c += tests/fuzz/target-t
tests_fuzz_target_t_SOURCES = tests/fuzz/target.c tests/fuzz/replay.c

fuzz += token
tests_c += tests/fuzz/token-t
tests_fuzz_token_t_SOURCES = tests/fuzz/token.c tests/fuzz/replay.c
tests_fuzz_token_t_CPPFLAGS = $(AM_CPPFLAGS) $(JWT_CFLAGS)
tests_fuzz_token_t_LDADD = $(LDADD) $(JWT_LIBS)

fuzz += addr
tests_c += tests/fuzz/addr-t
tests_fuzz_addr_t_SOURCES = tests/fuzz/addr.c tests/fuzz/replay.c
fuzz += terminal
tests_c += tests/fuzz/terminal-t
tests_fuzz_terminal_t_SOURCES = tests/fuzz/terminal.c tests/fuzz/replay.c
fuzz += toml
tests_c += tests/fuzz/toml-t
tests_fuzz_toml_t_SOURCES = tests/fuzz/toml.c tests/fuzz/replay.c
fuzz += peek
tests_c += tests/fuzz/peek-t
tests_fuzz_peek_t_SOURCES = tests/fuzz/peek.c tests/fuzz/replay.c
fuzz += member
tests_c += tests/fuzz/member-t
tests_fuzz_member_t_SOURCES = tests/fuzz/member.c tests/fuzz/replay.c
fuzz += redact
tests_c += tests/fuzz/redact-t
tests_fuzz_redact_t_SOURCES = tests/fuzz/redact.c tests/fuzz/replay.c
fuzz += pointer
tests_c += tests/fuzz/pointer-t
tests_fuzz_pointer_t_SOURCES = tests/fuzz/pointer.c tests/fuzz/replay.c
fuzz += opener
tests_c += tests/fuzz/opener-t
tests_fuzz_opener_t_SOURCES = tests/fuzz/opener.c tests/fuzz/replay.c

fuzz += range
tests_c += tests/fuzz/range-t
tests_fuzz_range_t_SOURCES = tests/fuzz/range.c tests/fuzz/replay.c
fuzz += untar
tests_c += tests/fuzz/untar-t
tests_fuzz_untar_t_SOURCES = tests/fuzz/untar.c tests/fuzz/replay.c

fuzz += lockfile
tests_c += tests/fuzz/lockfile-t
tests_fuzz_lockfile_t_SOURCES = tests/fuzz/lockfile.c tests/fuzz/replay.c

# What stands in rules/.
fuzz += pathre vercel
tests_c += tests/fuzz/pathre-t tests/fuzz/vercel-t
tests_fuzz_pathre_t_SOURCES = tests/fuzz/pathre.c tests/fuzz/replay.c
tests_fuzz_pathre_t_LDADD = rules/librules.a $(LDADD) $(PCRE2_LIBS)
tests_fuzz_vercel_t_SOURCES = tests/fuzz/vercel.c tests/fuzz/replay.c
tests_fuzz_vercel_t_LDADD = rules/librules.a $(LDADD) $(PCRE2_LIBS)

fuzz += rules redirects headers
tests_c += tests/fuzz/rules-t tests/fuzz/redirects-t tests/fuzz/headers-t
tests_fuzz_rules_t_SOURCES = tests/fuzz/rules.c tests/fuzz/replay.c
tests_fuzz_rules_t_LDADD = rules/librules.a $(LDADD) $(PCRE2_LIBS)
tests_fuzz_redirects_t_SOURCES = tests/fuzz/redirects.c tests/fuzz/netlify.h tests/fuzz/replay.c
tests_fuzz_redirects_t_LDADD = rules/librules.a $(LDADD) $(PCRE2_LIBS)
tests_fuzz_headers_t_SOURCES = tests/fuzz/headers.c tests/fuzz/netlify.h tests/fuzz/replay.c
tests_fuzz_headers_t_LDADD = rules/librules.a $(LDADD) $(PCRE2_LIBS)

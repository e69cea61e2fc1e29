/*
 * mksite -- publishes a folder as it is, for tests of what serves it.
 *
 *	mksite [-s NAME=VALUE] STORE DIR
 *
 * _redirects, _headers and vercel.json at its top become rules, as when it is
 *published. Compresses what is compressible with gzip, brotli and zstd, and
 *prints the name of the manifest.  Names with eight hexadecimal digits before
 *the extension count as hashed.
 */
#include <sys/stat.h>

#include <brotli/encode.h>
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <fts.h>
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "manifest.h"
#include "mime.h"
#include "rules/compile.h"
#include "rules/netlify.h"
#include "rules/vercel.h"
#include "store.h"

static struct store *store;

static void
must(enum rc rc, const char *what)
{
	if (rc != RC_OK)
		errx(1, "%s: %s", what, rc_name(rc));
}

static void
name_of(const void *p, size_t n, unsigned char hash[32],
    char name[STORE_NAME_MAX])
{
	crypto_hash_sha256(hash, p, n);
	sodium_bin2hex(name, STORE_NAME_MAX, hash, 32);
}

static size_t
gzip(const void *p, size_t n, void *out, size_t max)
{
	z_stream z = { .next_in = (void *)(uintptr_t)p,
		.avail_in = (uInt)n,
		.next_out = out,
		.avail_out = (uInt)max };

	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
		Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		return 0;
	deflateEnd(&z);
	return z.total_out;
}

static void
compress_all(const char *name, const void *p, size_t n, struct manifest_file *f)
{
	static const char *const suffix[] = { [MANIFEST_BR] = "br",
		[MANIFEST_ZSTD] = "zst",
		[MANIFEST_GZIP] = "gz" };
	size_t i, max = n + n / 2 + 1024, len[MANIFEST__ENCODINGS];
	char full[STORE_NAME_MAX];
	void *out = malloc(max);

	for (i = 0; i < MANIFEST__ENCODINGS; i++) {
		len[i] = max;
		if (i == MANIFEST_BR) {
			if (!BrotliEncoderCompress(9, 22, BROTLI_MODE_TEXT, n,
				p, &len[i], out))
				len[i] = 0;
		} else if (i == MANIFEST_ZSTD) {
			len[i] = ZSTD_compress(out, max, p, n, 9);
		} else
			len[i] = gzip(p, n, out, max);
		if (len[i] == 0 || len[i] > n * 95 / 100)
			continue;
		f->encoded[i] = len[i];
		snprintf(full, sizeof(full), "%.64s.%s", name, suffix[i]);
		must(store_put(store, full, out, len[i]), full);
	}
	free(out);
}

/* "app.0123abcd.js" or "app-0123abcd.js" */
static int
is_hashed(const char *path)
{
	const char *dot = strrchr(path, '.');
	int i;

	if (dot == NULL || dot - path < 10)
		return 0;
	for (i = 1; i <= 8; i++)
		if (!isxdigit((unsigned char)dot[-i]))
			return 0;
	return dot[-9] == '.' || dot[-9] == '-';
}

static void
add(struct pairs_writer *w, const char *file, const char *path, size_t n)
{
	struct manifest_file f = { .size = n, .type = mime_type(path) };
	char name[STORE_NAME_MAX], *p = malloc(n + 1);
	FILE *in = fopen(file, "r");

	if (in == NULL || fread(p, 1, n, in) != n)
		err(1, "%s", file);
	fclose(in);
	name_of(p, n, f.hash, name);
	must(store_put(store, name, p, n), file);
	if (mime_compressible(f.type))
		compress_all(name, p, n, &f);
	if (is_hashed(path))
		f.flags |= MANIFEST_HASHED;
	must(manifest_add(w, path, &f), path);
	free(p);
}

static void
add_tree(struct pairs_writer *w, char *dir)
{
	FTS *fts = fts_open((char *[]){ dir, NULL }, FTS_PHYSICAL, NULL);
	FTSENT *e;

	while ((e = fts_read(fts)) != NULL)
		if (e->fts_info == FTS_F)
			add(w, e->fts_path, e->fts_path + strlen(dir),
			    (size_t)e->fts_statp->st_size);
	fts_close(fts);
}

static struct netlify_file
load(struct arena *a, const char *dir, const char *name)
{
	struct netlify_file f = { .name = name };
	FILE *in = fopen(arena_printf(a, "%s/%s", dir, name), "r");
	char *text;

	if (in == NULL)
		return f;
	f.text = text = arena_alloc(a, 1 << 20);
	f.n = fread(text, 1, (1 << 20) - 1, in);
	fclose(in);
	return f;
}

static void
add_rules(struct pairs_writer *w, struct arena *a, const char *dir)
{
	struct netlify_file redirects = load(a, dir, "_redirects"),
			    headers = load(a, dir, "_headers"),
			    vercel = load(a, dir, "vercel.json"),
			    toml = { .name = "netlify.toml" };
	struct json_object *o = NULL;
	struct rules rules;
	void *table;
	size_t n;

	if (redirects.text == NULL && headers.text == NULL &&
	    vercel.text == NULL)
		return;
	rules_init(&rules, a);
	netlify_read(&rules, &redirects, &headers, &toml);
	if (vercel.text != NULL &&
	    (o = json_tokener_parse(vercel.text)) == NULL)
		errx(1, "vercel.json is no JSON");
	if (o != NULL)
		vercel_read(&rules, vercel.name, o);
	must(rules_compile(&rules, &table, &n), "rules");
	must(manifest_put(w, "rules", table, n), "rules");
	json_object_put(o); /* whose text the rules have */
}

int
main(int argc, char *argv[])
{
	struct arena *a = arena_new();
	char name[STORE_NAME_MAX], *eq;
	struct pairs_writer *w;
	unsigned char hash[32];
	void *p;
	size_t n;
	int ch;

	w = pairs_new();
	while ((ch = getopt(argc, argv, "s:")) != -1) {
		if (ch != 's' || (eq = strchr(optarg, '=')) == NULL)
			errx(2, "usage: mksite [-s NAME=VALUE] STORE DIR");
		*eq = '\0';
		must(manifest_set(w, optarg, eq + 1), optarg);
	}
	if (argc - optind != 2)
		errx(2, "usage: mksite [-s NAME=VALUE] STORE DIR");
	must(store_open(&store, argv[optind]), argv[optind]);
	add_tree(w, argv[optind + 1]);
	add_rules(w, a, argv[optind + 1]);
	pairs_end(w, a, &p, &n);
	name_of(p, n, hash, name);
	must(store_put(store, name, p, n), "manifest");
	must(store_sync(store), "sync");
	store_close(store);
	puts(name);
	arena_free(a);
	return 0;
}

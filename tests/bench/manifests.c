/*
 * manifests -- as many sites as are asked for, of one page that all share.
 *
 *	manifests STORE MANIFEST PAGE NUMBER FILES
 *
 * Each has that page of a manifest that is there, and files of its own that are
 * not in the store: a hundred is what a small site has.  Their names are
 *printed.
 */
#include <err.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manifest.h"
#include "store.h"

static struct store *store;

static void
must(enum rc rc, const char *what)
{
	if (rc != RC_OK)
		errx(1, "%s: %s", what, rc_name(rc));
}

static void
page_of(const char *name, const char *path, struct manifest_file *f)
{
	struct manifest *m;
	uint64_t size;
	int fd;

	must(store_get(store, name, &fd, &size), name);
	must(manifest_open(&m, fd), name);
	must(manifest_find(m, path, strlen(path), f), path);
	f->type = strdup(f->type);
	manifest_close(m);
	close(fd);
}

static void
make(struct arena *a, const char *path, const struct manifest_file *page,
    int files)
{
	struct manifest_file f = { .flags = MANIFEST_HASHED,
		.type = "text/javascript; charset=utf-8" };
	unsigned char hash[crypto_hash_sha256_BYTES];
	char other[64], name[STORE_NAME_MAX];
	struct pairs_writer *w;
	size_t n;
	void *p;
	int i;

	w = pairs_new();
	must(manifest_set(w, "spa", "off"), "spa");
	must(manifest_add(w, path, page), path);
	for (i = 1; i < files; i++) {
		randombytes_buf(f.hash, sizeof(f.hash));
		f.size = 1024 + randombytes_uniform(100000);
		f.encoded[MANIFEST_BR] = f.size / 4;
		f.encoded[MANIFEST_GZIP] = f.size / 3;
		snprintf(other, sizeof(other), "/assets/part-%d.%08x.js", i,
		    randombytes_random());
		must(manifest_add(w, other, &f), other);
	}
	pairs_end(w, a, &p, &n);
	crypto_hash_sha256(hash, p, n);
	sodium_bin2hex(name, sizeof(name), hash, sizeof(hash));
	must(store_put(store, name, p, n), name);
	puts(name);
	arena_reset(a);
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct manifest_file page;
	int i, number;

	if (argc != 6 || (number = atoi(argv[4])) < 1 || sodium_init() == -1)
		errx(2, "usage: manifests STORE MANIFEST PAGE NUMBER FILES");
	must(store_open(&store, argv[1]), argv[1]);
	page_of(argv[2], argv[3], &page);
	for (i = 0; i < number; i++)
		make(a, argv[3], &page, atoi(argv[5]));
	must(store_sync(store), "sync");
	store_close(store);
	arena_free(a);
	return fflush(stdout) == 0 ? 0 : 1;
}

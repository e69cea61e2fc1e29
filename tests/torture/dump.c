/*
 * dump -- what the database and the store hold in the end, for the history.
 */
#include <err.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manifest.h"
#include "store.h"
#include "torture.h"

/* clang-format off */
static const char *const tables[] = {
	"SELECT 'team', id, max_running FROM teams ORDER BY id",
	"SELECT 'project', id, team_id, max_running FROM projects ORDER BY id",
	"SELECT 'row', n, line FROM torture.log ORDER BY n",
	("SELECT 'line', l.deployment_id, l.fence, l.seq, l.step, l.line"
	 " FROM build_logs l JOIN deployments d ON d.id = l.deployment_id"
	 " WHERE d.state = 'ready' AND l.fence = d.fence"
	 " ORDER BY d.created_at, d.id, l.seq"),
	("SELECT 'final', id, state, fence, coalesce(manifest, '-')"
	 " FROM deployments ORDER BY created_at, id"),
};
/* clang-format on */

struct check {
	struct store *store;
	size_t files;
	char bad[256];
};

/* Are the bytes there, and those that the name says? */
static int
whole(struct store *s, const char *name, uint64_t want)
{
	unsigned char buf[65536], hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	char hex[2 * sizeof(hash) + 1];
	uint64_t size, n = 0;
	ssize_t r;
	int fd;

	if (store_get(s, name, &fd, &size) != RC_OK)
		return 0;
	crypto_hash_sha256_init(&state);
	while ((r = read(fd, buf, sizeof(buf))) > 0) {
		crypto_hash_sha256_update(&state, buf, (unsigned long long)r);
		n += (uint64_t)r;
	}
	close(fd);
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	return r == 0 && n == want && n == size &&
	    (name[64] != '\0' || strcmp(hex, name) == 0);
}

static enum rc
file(void *arg, const char *path, size_t len, const struct manifest_file *f)
{
	static const char *const suffix[] = { [MANIFEST_BR] = ".br",
		[MANIFEST_ZSTD] = ".zst",
		[MANIFEST_GZIP] = ".gz" };
	struct check *c = arg;
	char name[STORE_NAME_MAX], hex[65];
	int e, good;

	sodium_bin2hex(hex, sizeof(hex), f->hash, sizeof(f->hash));
	good = whole(c->store, hex, f->size);
	for (e = 0; e < MANIFEST__ENCODINGS; e++) {
		snprintf(name, sizeof(name), "%s%s", hex, suffix[e]);
		if (f->encoded[e] != 0)
			good = good && whole(c->store, name, f->encoded[e]);
	}
	c->files++;
	if (!good)
		snprintf(c->bad, sizeof(c->bad), "%.*s", (int)len, path);
	return RC_OK;
}

static void
stored(FILE *f, struct store *s, const char *id, const char *manifest)
{
	struct check c = { .store = s };
	struct manifest *m = NULL;
	uint64_t size;
	int fd;

	if (store_get(s, manifest, &fd, &size) != RC_OK)
		snprintf(c.bad, sizeof(c.bad), "manifest");
	else {
		if (!whole(s, manifest, size) ||
		    manifest_open(&m, fd) != RC_OK ||
		    manifest_walk(m, file, &c) != RC_OK)
			snprintf(c.bad, sizeof(c.bad), "manifest");
		manifest_close(m);
		close(fd);
	}
	fprintf(f, "0 stored %s %s %zu %s\n", id, manifest, c.files,
	    c.bad[0] == '\0' ? "good" : c.bad);
}

void
dump(struct torture *t)
{
	FILE *f = fopen(getenv("TORTURE_HISTORY"), "ae");
	PGconn *c = connect_as(t, "postgres");
	struct store *s = NULL;
	char blobs[512];
	PGresult *res;
	size_t i;
	int r, k;

	snprintf(blobs, sizeof(blobs), "%s/state/blobs", t->dir);
	if (f == NULL || store_open(&s, blobs) != RC_OK)
		err(1, "history, or %s", blobs);
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		res = PQexecParams(c, tables[i], 0, NULL, NULL, NULL, NULL, 0);
		if (PQresultStatus(res) != PGRES_TUPLES_OK)
			errx(1, "%s", PQerrorMessage(c));
		for (r = 0; r < PQntuples(res); r++) {
			fputc('0', f);
			for (k = 0; k < PQnfields(res); k++)
				fprintf(f, " %s", PQgetvalue(res, r, k));
			fputc('\n', f);
			if (strcmp(PQgetvalue(res, r, 0), "final") == 0 &&
			    strcmp(PQgetvalue(res, r, 2), "ready") == 0)
				stored(f, s, PQgetvalue(res, r, 1),
				    PQgetvalue(res, r, 4));
		}
		PQclear(res);
	}
	store_close(s);
	PQfinish(c);
	if (fclose(f) != 0)
		err(1, "history");
}

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "log.h"
#include "site.h"

#define WAYS 4
#define SETS 64 /* so 256 manifests mapped in each worker */

struct sites {
	uint64_t tick;
	struct site set[SETS][WAYS];
};

struct sites *
sites_new(void)
{
	struct sites *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatalx("out of memory");
	return s;
}

void
sites_free(struct sites *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < SETS * WAYS; i++)
		manifest_close(s->set[i / WAYS][i % WAYS].m);
	free(s);
}

/* A setting as a string; one that does not fit counts as not set. */
static void
setting(const struct manifest *m, const char *name, char *out, size_t size)
{
	const char *v;
	size_t n;

	*out = '\0';
	if ((v = manifest_get(m, name, &n)) == NULL || n >= size)
		return;
	memcpy(out, v, n);
	out[n] = '\0';
}

static enum rc
load(struct site *site, struct store *store, const char *name)
{
	struct manifest_file f;
	char published[24];
	uint64_t size;
	enum rc rc;
	int fd;

	if ((rc = store_get(store, name, &fd, &size)) != RC_OK) {
		log_warnx("manifest %s: %s", name, rc_name(rc));
		return RC_FAIL;
	}
	rc = manifest_open(&site->m, fd);
	close(fd);
	if (rc != RC_OK)
		return rc;
	strcpy(site->manifest, name);
	setting(site->m, "spa", site->spa, sizeof(site->spa));
	setting(site->m, "published", published, sizeof(published));
	if ((site->published = strtoll(published, NULL, 10)) > 0)
		date_format(site->published, site->last_modified);
	else
		site->published = 0;
	site->has_404 = manifest_find(site->m, "/404.html", 9, &f) == RC_OK;
	return RC_OK;
}

enum rc
site_get(struct sites *s, struct store *store, const char *name,
    const struct site **out)
{
	struct site *set = s->set[hash_of(name) % SETS], *at = set;
	enum rc rc;
	int i;

	for (i = 0; i < WAYS; i++) {
		if (strcmp(set[i].manifest, name) == 0) {
			set[i].used = ++s->tick;
			*out = &set[i];
			return RC_OK;
		}
		if (set[i].used < at->used)
			at = &set[i];
	}
	manifest_close(at->m);
	memset(at, 0, sizeof(*at));
	if ((rc = load(at, store, name)) != RC_OK) {
		memset(at, 0, sizeof(*at));
		return rc;
	}
	at->used = ++s->tick;
	*out = at;
	return RC_OK;
}

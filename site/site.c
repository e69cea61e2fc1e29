#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "site.h"

/*
 * Mapped in each worker, in bytes and whole pages.  What is mapped counts as
 * memory of ours while it is, and to map it anew costs some microseconds.
 */
#define SITES_BYTES (4 * 1024 * 1024)
#define PAGE        4096

#define SPA_MAX 255

static void
drop(struct lru_item *i)
{
	struct site *site = (struct site *)i;

	table_close(site->rules);
	manifest_close(site->m);
	free(site);
}

struct lru *
sites_new(void)
{
	return lru_new(SITES_BYTES, drop);
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

/* Rules that are damaged must not be passed over: they may protect a path. */
static enum rc
load_rules(struct site *site)
{
	const char *p;
	size_t n;

	site->settings = (struct rules_settings){ -1, -1, -1 };
	if ((p = manifest_get(site->m, "rules", &n)) == NULL)
		return RC_OK;
	if (table_open(&site->rules, p, n) != RC_OK)
		return RC_FAIL;
	table_settings(site->rules, &site->settings);
	return RC_OK;
}

static struct site *
describe(struct manifest *m, const char *name)
{
	char published[24], spa[SPA_MAX + 1];
	struct manifest_file f;
	struct site *site;

	setting(m, "spa", spa, sizeof(spa));
	setting(m, "published", published, sizeof(published));
	if ((site = calloc(1, sizeof(*site) + strlen(spa) + 1)) == NULL)
		fatalx("out of memory");
	site->m = m;
	strcpy(site->manifest, name);
	strcpy(site->spa, spa);
	if ((site->published = strtoll(published, NULL, 10)) > 0)
		date_format(site->published, site->last_modified);
	else
		site->published = 0;
	site->has_404 = manifest_find(m, "/404.html", 9, &f) == RC_OK;
	return site;
}

enum rc
site_get(struct lru *sites, struct store *store, const char *name,
    const struct site **out)
{
	struct site *site = lru_find(sites, name);
	struct manifest *m;
	uint64_t size;
	enum rc rc;
	int fd;

	if (site == NULL) {
		if ((rc = store_get(store, name, &fd, &size)) != RC_OK) {
			log_warnx("manifest %s: %s", name, rc_name(rc));
			return RC_FAIL;
		}
		rc = manifest_open(&m, fd);
		close(fd);
		if (rc != RC_OK)
			return rc;
		site = describe(m, name);
		if ((rc = load_rules(site)) != RC_OK) {
			drop(&site->item);
			return rc;
		}
		lru_add(sites, &site->item, site->manifest,
		    sizeof(*site) + (size / PAGE + 1) * PAGE);
	}
	*out = site;
	return RC_OK;
}

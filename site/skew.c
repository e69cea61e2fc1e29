/*
 * Assets of deployments that the host showed before.
 *
 * Whoever loaded a page before a switch asks for its scripts after it.  Only
 * names that change with their content are looked for, so that nothing is ever
 * given in the place of something newer.
 */
#include <string.h>

#include "log.h"
#include "req.h"

int
skew_find(struct req *r, const char *path, struct manifest_file *f)
{
	char name[STORE_NAME_MAX];
	const struct site *site;
	const char *s;
	size_t n;

	if (*r->route->skew == '\0' || !find_is_asset(path))
		return 0;
	for (s = r->route->skew; *s != '\0'; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		if (n >= sizeof(name))
			return 0;
		memcpy(name, s, n);
		name[n] = '\0';
		if (site_get(r->w->sites, r->w->store, name, &site) != RC_OK)
			continue;
		if (manifest_find(site->m, path, strlen(path), f) == RC_OK &&
		    f->flags & MANIFEST_HASHED) {
			/* A password does not end with the deployment. */
			if (!rules_admitted(r, site, path))
				return 0;
			r->site = site;
			return 1;
		}
	}
	return 0;
}

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"
#include "log.h"
#include "rootfs.h"

#define SUFFIX ".sqfs"

int
layer_name_ok(const char *s)
{
	return *s != '\0' && strlen(s) <= LAYER_NAME &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(s);
}

int
layer_is_extra(const char *name)
{
	int v;

	return layer_name_ok(name) && strcmp(name, "base") != 0 &&
	    sscanf(name, "node%3d", &v) != 1;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

enum rc
layer_extras(const char *dir, struct layers *l)
{
	char name[LAYER_NAME + 1];
	struct dirent *e;
	enum rc rc = RC_OK;
	size_t n;
	DIR *d;

	l->n = 0;
	if ((d = opendir(dir)) == NULL) {
		log_warn("%s", dir);
		return RC_NOT_FOUND;
	}
	while (rc == RC_OK && (e = readdir(d)) != NULL) {
		n = strlen(e->d_name);
		if (n < sizeof(SUFFIX) || n - strlen(SUFFIX) >= sizeof(name) ||
		    strcmp(e->d_name + n - strlen(SUFFIX), SUFFIX) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(n - strlen(SUFFIX)),
		    e->d_name);
		if (!layer_is_extra(name))
			continue;
		if (l->n == LAYER_EXTRAS)
			rc = RC_TOO_LARGE;
		else
			strcpy(l->name[l->n++], name);
	}
	closedir(d);
	if (rc != RC_OK)
		log_warnx("%s has more than %d layers besides base and Node: "
			  "remove some with slipwayctl image --remove",
		    dir, LAYER_EXTRAS);
	qsort(l->name, l->n, sizeof(l->name[0]), compare);
	return rc;
}

const char *
layer_known(const char *program)
{
	const struct rootfs_extra *e;
	char word[64];

	snprintf(word, sizeof(word), " %s ", program);
	for (e = rootfs_extras; e->name != NULL; e++)
		if (strstr(e->programs, word) != NULL)
			return e->name;
	return NULL;
}

int
layer_has(const char *dir, const char *name, const char *program)
{
	char path[PATH_MAX], line[NAME_MAX + 2];
	const char *layer;
	int found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.programs", dir, name);
	if ((f = fopen(path, "re")) == NULL) {
		if (errno != ENOENT)
			return 0;
		layer = layer_known(program);
		return layer != NULL && strcmp(layer, name) == 0;
	}
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(line, program) == 0;
	}
	fclose(f);
	return found;
}

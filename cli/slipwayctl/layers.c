#include <sys/stat.h>

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

#define LIST_WIDTH 76

/* The programs of a layer, below its name. */
static void
list_programs(const struct making *m, const char *layer)
{
	const char *path =
	    arena_printf(m->ctl->arena, "%s/%s.programs", m->dir, layer);
	char line[NAME_MAX + 2];
	int at = 0, n;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		n = (int)strcspn(line, "\n");
		if (at != 0 && at + 1 + n > LIST_WIDTH)
			at = printf("\n") - 1;
		at += printf("%s%.*s", at == 0 ? "    " : " ", n, line);
	}
	printf("\n");
	fclose(f);
}

int
layers_list(const struct making *m)
{
	struct dirent **found;
	const char *path;
	struct stat st;
	char *name;
	int i, n;

	if ((n = scandir(m->dir, &found, NULL, alphasort)) == -1) {
		printf("no image in %s\n", m->dir);
		return EXIT_FAILURE;
	}
	for (i = 0; i < n; free(found[i++])) {
		name = found[i]->d_name;
		path = arena_printf(m->ctl->arena, "%s/%s", m->dir, name);
		if (strstr(name, ".sqfs") == NULL || stat(path, &st) == -1)
			continue;
		printf("%-14s %6.1f MB\n", name, (double)st.st_size / 1e6);
		*strstr(name, ".sqfs") = '\0';
		list_programs(m, name);
	}
	free(found);
	return EXIT_SUCCESS;
}

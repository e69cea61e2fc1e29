#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "image.h"
#include "layer.h"
#include "log.h"

/* As in the PATH of a build; /bin and /sbin are links to these. */
static const char *const bins[] = { "usr/local/sbin", "usr/local/bin",
	"usr/sbin", "usr/bin" };

/* A name that cannot be taken for two. */
static int
is_word(const char *s)
{
	for (; *s > ' ' && *s < 127; s++)
		continue;
	return *s == '\0';
}

/* Where a link leads may be in another layer: it counts. */
static int
is_program(int dir, const char *name)
{
	struct stat st;

	return is_word(name) &&
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (S_ISLNK(st.st_mode) ||
		(S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR) != 0));
}

static size_t
list_dir(const char *tree, const char *name, FILE *to)
{
	struct dirent **list;
	char path[PATH_MAX];
	int dir, i, n;
	size_t found = 0;

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir == -1)
		return 0;
	n = scandirat(dir, ".", &list, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.' &&
		    is_program(dir, list[i]->d_name)) {
			fprintf(to, "%s\n", list[i]->d_name);
			found++;
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	close(dir);
	return found;
}

static enum rc
record(const char *tree, const char *layer, const char *file)
{
	size_t i, found = 0;
	int bad;
	FILE *f;

	if ((f = fopen(file, "we")) == NULL) {
		log_warn("%s", file);
		return RC_FAIL;
	}
	for (i = 0; i < NITEMS(bins); i++)
		found += list_dir(tree, bins[i], f);
	bad = ferror(f) || fchmod(fileno(f), 0644) == -1;
	if (fclose(f) == EOF || bad) {
		log_warn("%s", file);
		return RC_FAIL;
	}
	if (found > 0)
		return RC_OK;
	log_warnx("%s: no program in it: nothing in a folder bin may be "
		  "executed",
	    layer);
	return RC_NOT_FOUND;
}

enum rc
pack(const struct making *m, const char *tree, const char *layer)
{
	struct arena *a = m->ctl->arena;
	const char *part = arena_printf(a, "%s/part.sqfs", m->tmp);
	const char *list = arena_printf(a, "%s/part.programs", m->tmp);
	const char *whole = arena_printf(a, "%s/%s.sqfs", m->dir, layer);
	const char *names = arena_printf(a, "%s/%s.programs", m->dir, layer);
	int extra = layer_is_extra(layer);
	enum rc rc;

	image_say(m, arena_printf(a, "packing %s", layer));
	if ((extra && (rc = record(tree, layer, list)) != RC_OK) ||
	    (rc = child_run((const char *const[]){ "/usr/bin/mksquashfs", tree,
		 part, "-comp", "zstd", "-Xcompression-level", "6",
		 "-no-xattrs", "-all-root", "-noappend", "-quiet",
		 "-no-progress", NULL })) != RC_OK)
		return rc;
	/* What names a program is there first: see lib/layer.h. */
	if (chmod(part, 0644) == -1 || (extra && rename(list, names) == -1) ||
	    rename(part, whole) == -1) {
		log_warn("%s", whole);
		return RC_FAIL;
	}
	return RC_OK;
}

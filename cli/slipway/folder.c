/*
 * folder -- .slipway/project.json, which links a folder to a project.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "slipway.h"

#define LINK "/.slipway/project.json"

static void
clear(void *json)
{
	json_object_put(json);
}

static enum rc
load(struct cli *c, const char *path, const char *root, struct folder *out)
{
	struct json_object *o = json_object_from_file(path);
	struct folder f = { .root = root };

	if (o != NULL)
		arena_defer(c->arena, clear, o);
	f.id = str_or(o, "id", NULL);
	f.slug = str_or(o, "project", f.id);
	f.url = str_or(o, "url", NULL);
	if (f.id == NULL || f.url == NULL)
		return complain(RC_INVALID,
		    "%s: not readable; remove it and run \"slipway link\"",
		    path);
	*out = f;
	return RC_OK;
}

/* In this folder or one above; RC_NOT_FOUND without a word. */
enum rc
folder_find(struct cli *c, const char *from, struct folder *out)
{
	char real[PATH_MAX], *root, *path, *slash;

	if (realpath(from, real) == NULL)
		return complain(RC_NOT_FOUND, "%s: %s", from, strerror(errno));
	root = arena_printf(c->arena, "%s", real);
	for (;;) {
		path = arena_printf(c->arena, "%s" LINK, root);
		if (access(path, F_OK) == 0)
			return load(c, path, root[0] != '\0' ? root : "/", out);
		if ((slash = strrchr(root, '/')) == NULL)
			return RC_NOT_FOUND;
		*slash = '\0';
	}
}

/*
 * .slipway/ is about this checkout and nobody else's: so is where Git is told
 * to leave it alone, but where .git is a file that leads elsewhere.
 */
static void
ignore_link(struct cli *c, const char *root)
{
	char *git = arena_printf(c->arena, "%s/.git", root), line[256];
	char *path = arena_printf(c->arena, "%s/info", git);
	int last = '\n', own;
	FILE *f;

	if (access(git, F_OK) != 0)
		return;
	own = mkdir(path, 0777) == 0 || errno == EEXIST;
	path = own ? arena_printf(c->arena, "%s/exclude", path) :
		     arena_printf(c->arena, "%s/.gitignore", root);
	if ((f = fopen(path, "a+e")) == NULL)
		return;
	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		last = line[strlen(line) - 1];
		line[strcspn(line, "\r\n")] = '\0';
		if (strcmp(line, ".slipway") == 0 ||
		    strcmp(line, ".slipway/") == 0 ||
		    strcmp(line, "/.slipway") == 0 ||
		    strcmp(line, "/.slipway/") == 0) {
			fclose(f);
			return;
		}
	}
	fseek(f, 0, SEEK_END);
	fprintf(f, "%s.slipway/\n", last == '\n' ? "" : "\n");
	if (fclose(f) == 0 && !own)
		tell("Added .slipway/ to .gitignore.");
}

enum rc
folder_link(struct cli *c, const char *root, struct json_object *project)
{
	char *dir = arena_printf(c->arena, "%s/.slipway", root);
	char *path = arena_printf(c->arena, "%s" LINK, root);
	struct json_object *o = object(c);

	put(o, "project", str_or(project, "slug", ""));
	put(o, "id", str_or(project, "id", ""));
	put(o, "url", c->url);
	if ((mkdir(dir, 0777) != 0 && errno != EEXIST) ||
	    json_object_to_file_ext(path, o,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE) != 0)
		return complain(RC_FAIL, "%s: %s", path, strerror(errno));
	ignore_link(c, root);
	return RC_OK;
}

/* --project, or the one the folder is linked to. */
enum rc
project_name(struct cli *c, const char **name)
{
	const char *given = flag_value(c, "project");
	struct folder f;
	enum rc rc;

	if (given != NULL) {
		*name = given;
		return RC_OK;
	}
	if ((rc = folder_find(c, ".", &f)) == RC_NOT_FOUND)
		return complain(rc,
		    "this folder is linked to no project; run \"slipway link\" "
		    "or \"slipway init\" in it, or give --project");
	if (rc != RC_OK || (rc = session_url(c)) != RC_OK)
		return rc;
	if (strcmp(f.url, c->url) != 0)
		return complain(RC_CONFLICT,
		    "this folder is linked to a project at %s, and you talk "
		    "to %s; give --url or --project",
		    clean(c, f.url), c->url);
	c->folder = arena_alloc(c->arena, sizeof(*c->folder));
	*c->folder = f;
	*name = f.id;
	return RC_OK;
}

/* "/api/projects/<it>" and what follows; NULL: see rc. */
char *
project_path(struct cli *c, const char *rest, enum rc *rc)
{
	const char *name;

	if ((*rc = project_name(c, &name)) != RC_OK)
		return NULL;
	return arena_printf(c->arena, "/api/projects/%s%s", esc(c, name), rest);
}

enum rc
project_api(struct cli *c, const char *method, const char *rest,
    struct json_object *body, struct json_object **answer)
{
	const char *path;
	enum rc rc;

	if ((path = project_path(c, rest, &rc)) == NULL)
		return rc;
	return api(c, 0, method, path, body, answer);
}

enum rc
project_list(struct cli *c, const char *rest, const struct list *l)
{
	struct json_object *answer;
	enum rc rc;

	if ((rc = project_api(c, "GET", rest, NULL, &answer)) == RC_OK)
		list_print(c, l, answer);
	return rc;
}

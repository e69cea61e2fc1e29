/*
 * init -- makes a project out of a folder.
 */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "slipway.h"

#define SLUG_MAX 48

/* clang-format off */
static const struct flag flags[] = {
	{ "name", 'n', "NAME", "what it is called; its first host label", NULL },
	{ "repo", 'r', "URL", "its Git repository; empty: none", NULL },
	{ "branch", 'b', "BRANCH", "what production is built from", NULL },
	{ "root-dir", 0, "DIR", "the folder of the repository that is it", NULL },
	{ "team", 0, "TEAM", "who owns it; your own team if not given", NULL },
	{ "yes", 'y', NULL, "ask nothing", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

/* A folder's name as a project's: lower-case letters, digits, single dashes. */
static char *
slug(struct cli *c, const char *path)
{
	char real[PATH_MAX], *out = arena_alloc(c->arena, SLUG_MAX + 1);
	const char *name;
	size_t n = 0;

	if (realpath(path, real) == NULL)
		return out;
	name = strrchr(real, '/');
	for (name = name != NULL ? name + 1 : real;
	     *name != '\0' && n < SLUG_MAX; name++) {
		if (isalnum((unsigned char)*name))
			out[n++] = (char)tolower((unsigned char)*name);
		else if (n > 0 && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		out[--n] = '\0';
	return out;
}

static enum rc
make(struct cli *c, const char *root, const char *name,
    struct json_object *body)
{
	struct json_object *project;
	enum rc rc;

	put(body, "slug", name);
	rc = api(c, 0, "POST", "/api/projects", body, &project);
	if (rc != RC_OK || (rc = folder_link(c, root, project)) != RC_OK)
		return rc;
	tell("Made %s%s%s; it will be at %s.",
	    clean(c, str_or(project, "slug", "")),
	    str_or(project, "repo", NULL) != NULL ? " from " : "",
	    clean(c, str_or(project, "repo", "")),
	    clean(c, str_or(project, "url", "")));
	if (c->cmd == &cmd_init && want_json(c))
		print_json(project);
	return RC_OK;
}

/* The same for deploy, which has no options about it. */
enum rc
init_folder(struct cli *c, const char *name, struct json_object *body)
{
	struct remote r = { 0 };
	const char *root = ".";
	enum rc rc;

	if ((rc = session_open(c)) != RC_OK)
		return rc;
	if (remote_find(c, ".", &r) == RC_OK) {
		root = r.root;
		if (field(body, "repo") == NULL &&
		    strncmp(r.url, "https://", 8) == 0)
			put(body, "repo", r.url);
		if (field(body, "branch") == NULL && r.trunk != NULL &&
		    field(body, "repo") != NULL)
			put(body, "branch", r.trunk);
	}
	if (str_or(body, "repo", "x")[0] == '\0')
		json_object_object_del(body, "repo");
	if (name == NULL)
		name = slug(c, root);
	return make(c, root, name, body);
}

static enum rc
run(struct cli *c)
{
	struct json_object *body = object(c);
	const char *name = flag_value(c, "name");
	struct folder f;
	enum rc rc;

	if ((rc = session_open(c)) != RC_OK)
		return rc;
	rc = folder_find(c, ".", &f);
	if (rc == RC_OK)
		return complain(RC_CONFLICT,
		    "this folder is linked to %s already; remove "
		    "%s/.slipway to begin anew",
		    clean(c, f.slug), f.root);
	if (rc != RC_NOT_FOUND)
		return rc;
	if (name == NULL && !flag_on(c, "yes") && term_is(stdin) &&
	    (name = ask(c, "Name of the project", slug(c, "."))) == NULL)
		return complain(RC_INVALID, "no name was given");
	put_flag(c, body, "repo", "repo");
	put_flag(c, body, "branch", "branch");
	put_flag(c, body, "root-dir", "root_dir");
	put_flag(c, body, "team", "team");
	return init_folder(c, name, body);
}

const struct command cmd_init = {
	.name = "init",
	.example =
	    "slipway init --repo https://git.example.com/ann/shop.git --branch main",
	.operands = "",
	.how = CMD_JSON,
	.brief = "make a project out of this folder",
	.about = "Makes a project and links the folder to it. If the folder is "
		 "a Git work tree whose origin can be fetched by https, the "
		 "project is built from there; else the folder itself is sent "
		 "with each \"slipway deploy\".",
	.flags = flags,
	.run = run,
};

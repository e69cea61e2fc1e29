/*
 * deploy -- from Git where the folder came from there, else the folder itself;
 * or an archive.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "slipway.h"

/* clang-format off */
static const struct flag flags[] = {
	{ "prod", 'P', NULL, "make it the production deployment", NULL },
	{ "preview", 0, NULL, "leave production as it is", NULL },
	{ "dev", 0, NULL, "a preview with the variables for development", NULL },
	{ "branch", 'b', "BRANCH", "build this branch; a sent folder goes by its name", NULL },
	{ "tag", 't', "TAG", "build this tag", NULL },
	{ "commit", 'c', "SHA", "build this commit", NULL },
	{ "upload", 'u', NULL, "send the folder even if it has a repository", NULL },
	{ "prebuilt", 0, "[=DIR]", "publish the folder, or DIR, as it is", NULL },
	{ "no-wait", 0, NULL, "print the id, and do not follow the build", NULL },
	{ "quiet", 'q', NULL, "show the log only if the build fails", NULL },
	{ "cancel-on-interrupt", 0, NULL, "Ctrl-C cancels the build", NULL },
	{ "yes", 'y', NULL, "make a project if the folder has none", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

/* An archive is named where a folder could be. */
static const char *
archive(const struct cli *c)
{
	return c->argc > 0 && archive_is(c->argv[0]) ? c->argv[0] : NULL;
}

/* Known before anything is asked of the server. */
static enum rc
flags_agree(const struct cli *c)
{
	int refs =
	    flag_on(c, "branch") + flag_on(c, "tag") + flag_on(c, "commit");

	if (refs > 1)
		return usage(c,
		    "--branch, --tag and --commit exclude each other");
	if (flag_on(c, "prod") + flag_on(c, "preview") + flag_on(c, "dev") > 1)
		return usage(c,
		    "--prod, --preview and --dev exclude each other");
	if ((flag_on(c, "tag") || flag_on(c, "commit")) &&
	    (flag_on(c, "upload") || flag_on(c, "prebuilt")))
		return usage(c,
		    "a folder that is sent has no --tag or --commit");
	if (archive(c) != NULL && (flag_on(c, "tag") || flag_on(c, "commit")))
		return usage(c, "an archive has no --tag or --commit");
	if (archive(c) != NULL && flag_value(c, "prebuilt") != NULL &&
	    flag_value(c, "prebuilt")[0] != '\0')
		return usage(c,
		    "--prebuilt=DIR names a folder; an archive is all there "
		    "is");
	return RC_OK;
}

/* The project; made on the spot where the user wants it. */
static enum rc
project(struct cli *c, struct json_object **p)
{
	struct folder f;
	const char *path;
	enum rc rc;

	if (!flag_on(c, "project") &&
	    (rc = folder_find(c, ".", &f)) == RC_NOT_FOUND) {
		if (flag_on(c, "yes") ||
		    ask_yes(c, "This folder is no project yet; make one?"))
			if ((rc = init_folder(c, NULL, object(c))) != RC_OK)
				return rc;
	}
	if ((path = project_path(c, "", &rc)) == NULL)
		return rc;
	return api(c, 0, "GET", path, NULL, p);
}

/* Two spellings of one repository. */
static bool
same_repo(struct cli *c, const char *a, const char *b)
{
	size_t na, nb;

	a = remote_https(c->arena, a);
	b = remote_https(c->arena, b);
	na = strlen(a);
	nb = strlen(b);
	na -= na > 0 && a[na - 1] == '/';
	nb -= nb > 0 && b[nb - 1] == '/';
	na -= na > 4 && strncmp(a + na - 4, ".git", 4) == 0 ? 4 : 0;
	nb -= nb > 4 && strncmp(b + nb - 4, ".git", 4) == 0 ? 4 : 0;
	return na == nb && strncasecmp(a, b, na) == 0;
}

/* What is here and not there would be missed without a word. */
static void
remind(struct cli *c, const struct remote *r)
{
	if (r->ahead > 0)
		tell("%zu commit%s of %s not pushed yet: not part of this "
		     "deployment.",
		    r->ahead, r->ahead == 1 ? " is" : "s are",
		    clean(c, r->branch));
	if (r->dirty)
		tell("There are changes that are not committed: not part of "
		     "this deployment (--upload sends the folder).");
}

/* Which way; *git says. */
static enum rc
source(struct cli *c, struct json_object *p, struct json_object *body,
    bool *git)
{
	const char *repo = str_or(p, "repo", NULL), *trunk;
	struct remote r = { 0 };

	*git = !flag_on(c, "upload") && !flag_on(c, "prebuilt") &&
	    archive(c) == NULL;
	put_flag(c, body, "branch", "branch");
	if (!*git)
		return RC_OK;
	put_flag(c, body, "tag", "tag");
	put_flag(c, body, "commit", "commit");
	if (json_object_object_length(body) > 0 ||
	    (repo != NULL && flag_on(c, "project")))
		return RC_OK;
	if (repo == NULL || remote_find(c, ".", &r) != RC_OK) {
		*git = false;
		if (repo != NULL)
			tell("Git does not know where this folder comes from: "
			     "it is sent as it is; use -b BRANCH to build from "
			     "%s.",
			    clean(c, repo));
		return RC_OK;
	}
	if (!same_repo(c, repo, r.url))
		return complain(RC_CONFLICT,
		    "the project is built from %s and this folder comes from "
		    "%s; --upload sends the folder, --branch builds from the "
		    "repository",
		    clean(c, repo), clean(c, r.url));
	trunk = str_or(p, "branch", "");
	if (trunk[0] == '\0')
		trunk = r.trunk;
	if (r.branch != NULL && (trunk == NULL || strcmp(r.branch, trunk) != 0))
		put(body, "branch", r.branch);
	remind(c, &r);
	return RC_OK;
}

/* Where a build of the project in dir of base would find it; or NULL. */
static const char *
beside(struct cli *c, const char *base, const char *dir, const char *name,
    bool top)
{
	const char *in = arena_printf(c->arena, "%s/%s", base, dir);
	const char *path = arena_printf(c->arena, "%s/%s", in, name);

	if (access(path, F_OK) == 0)
		return path;
	path = arena_printf(c->arena, "%s/%s", base, name);
	if ((top || access(in, F_OK) != 0) && access(path, F_OK) == 0)
		return path;
	return NULL;
}

/*
 * What is published as it is obeys the rule files at its own top.  Those that
 * a build would find beside it go along; those that a build would have to copy
 * into it would be missed without a word.
 */
static void
bring_rules(struct cli *c, const char *base, const char *dir, const char *root,
    const char *also[3])
{
	static const struct {
		const char *name;
		bool goes, top;
	} files[] = { { "netlify.toml", true, true },
		{ "vercel.json", true, false }, { "_redirects", false, false },
		{ "_headers", false, false } };
	const char *path;
	size_t i, n = 0;

	for (i = 0; i < NITEMS(files); i++) {
		if (access(arena_printf(c->arena, "%s/%s", root, files[i].name),
			F_OK) == 0 ||
		    (path = beside(c, base, dir, files[i].name,
			 files[i].top)) == NULL)
			continue;
		if (files[i].goes) {
			also[n++] = path;
			tell("%s goes along; what it says of a build is "
			     "ignored.",
			    files[i].name);
		} else
			tell("%s is not in %s, and is not obeyed: copy it "
			     "there before you deploy.",
			    files[i].name, clean(c, root));
	}
	also[n] = NULL;
}

/* Sends the archive or folder; its upload goes into body.  Called in here. */
static enum rc
send_files(struct cli *c, struct json_object *p, struct json_object *body,
    const char *here)
{
	const char *dir = flag_value(c, "prebuilt"), *root = ".", *id;
	const char *base = here, *also[3] = { NULL };
	bool prebuilt = dir != NULL;
	struct folder f;
	enum rc rc;

	if (archive(c) != NULL) {
		rc = archive_send(c, str_or(p, "id", ""), archive(c), &id);
		if (rc != RC_OK)
			return rc;
		goto sent;
	}
	if (!flag_on(c, "project")) {
		if ((rc = folder_find(c, ".", &f)) != RC_OK)
			return rc;
		base = root = f.root;
	} else if (!prebuilt || dir[0] != '\0')
		base = ".";
	if (prebuilt && dir[0] != '\0')
		root = dir;
	else if (prebuilt && c->argc > 0)
		root = ".";
	else if (prebuilt && str_or(p, "output_dir", "")[0] != '\0')
		root = arena_printf(c->arena, "%s/%s", root,
		    str_or(p, "output_dir", ""));
	if (prebuilt)
		bring_rules(c, base, str_or(p, "root_dir", ""), root, also);
	rc = upload(c, str_or(p, "id", ""), root, prebuilt, also, &id);
	if (rc != RC_OK)
		return rc;
sent:
	put(body, "upload", id);
	if (prebuilt)
		json_object_object_add(body, "prebuilt",
		    json_object_new_boolean(true));
	return RC_OK;
}

/* One more preview, which nobody finds by a name. */
static void
miss_branch(struct json_object *d)
{
	if (str_or(d, "branch_url", NULL) == NULL &&
	    strcmp(str_or(d, "target", ""), "production") != 0)
		tell(
		    "No branch is known of what was sent: use -b BRANCH for an "
		    "address that shows the newest.");
}

static enum rc
run(struct cli *c)
{
	struct json_object *p, *d, *body = object(c);
	char here[PATH_MAX];
	bool git;
	enum rc rc;

	if ((rc = flags_agree(c)) != RC_OK)
		return rc;
	if (getcwd(here, sizeof(here)) == NULL)
		return complain(RC_FAIL, "this folder: %s", strerror(errno));
	if (c->argc > 0 && archive(c) == NULL && chdir(c->argv[0]) != 0)
		return complain(RC_NOT_FOUND, "%s: %s", c->argv[0],
		    strerror(errno));
	if ((rc = project(c, &p)) != RC_OK ||
	    (rc = source(c, p, body, &git)) != RC_OK ||
	    (!git && (rc = send_files(c, p, body, here)) != RC_OK))
		return rc;
	if (flag_on(c, "prod"))
		put(body, "target", "production");
	if (flag_on(c, "preview"))
		put(body, "target", "preview");
	if (flag_on(c, "dev"))
		put(body, "target", "development");
	rc = api(c, 0, "POST",
	    arena_printf(c->arena, "/api/projects/%s/deployments",
		esc(c, str_or(p, "id", ""))),
	    body, &d);
	if (rc != RC_OK)
		return rc;
	if (!git)
		miss_branch(d);
	return deployment_wait(c, d);
}

const struct command cmd_deploy = {
	.name = "deploy",
	.example = "slipway deploy --prebuilt=dist --preview",
	.operands = "[folder | archive]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "build and publish",
	.about =
	    "In a work tree of the project's repository, has the server "
	    "build what is pushed: the branch that is checked out. In any "
	    "other folder, or with --upload, sends the folder: paths and "
	    "hashes first, then only the files the server has not got. A tar or "
	    "zip archive (\"-\" is one on standard input) is sent as it "
	    "is. "
	    "Then follows the build, and says why if no builder takes "
	    "one; the URL is all that is printed on "
	    "standard output, below its other addresses on standard error: "
	    "its own, its branch's, production's. --prebuilt brings the "
	    "project's netlify.toml and vercel.json along where the folder "
	    "has none. The project's branch and sent folders go to "
	    "production, other branches become previews.",
	.see = "explain, rules, diff, alias, protect, logs, rollback",
	.flags = flags,
	.run = run,
};

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd.h"
#include "cage/image.h"
#include "layer.h"
#include "range.h"
#include "tree.h"

/* The project's word, then its files', which may be that there is none. */
static const char *
setting(const char *project, const char *file)
{
	return *project != '\0' ? project : file;
}

/* The major to build with, and the image that has it. */
static enum rc
choose_node(struct build *b)
{
	const char *want = b->c.node_version, *from = "the project's settings";
	int majors[IMAGE_MAJORS + 1] = { 0 }, major;
	size_t n;

	if (*want == '\0') {
		want = b->package.node;
		from = b->package.node_from;
	}
	b->node = "";
	b->image = b->conf->build_image;
	if (strcmp(b->image, "host") == 0) {
		if (*want != '\0')
			journal_say(b->journal,
			    "%s asks for Node %s; this "
			    "server builds with its own",
			    from, want);
		b->node = "host";
		return RC_OK;
	}
	if ((n = image_majors(b->conf, majors)) == 0)
		return build_fail(b, "image", "the server has no build image");
	major = *want != '\0' ? range_node(want, majors) : majors[0];
	if (major == 0) {
		major = majors[0];
		journal_say(b->journal,
		    "%s asks for Node %s, which this server does not have; "
		    "building with Node %d (its operator can add others: "
		    "slipwayctl image --node N)",
		    from, want, major);
	} else if (b->package.json != NULL)
		journal_say(b->journal, "Node %d%s%s", major,
		    *want != '\0' ? ", as asked for by " : "",
		    *want != '\0' ? from : "");
	manager_fit(&b->package, b->arena, major);
	b->node = arena_printf(b->arena, "%d", major);
	b->image = arena_printf(b->arena, "node%d", major);
	return RC_OK;
}

/* A name of theirs that we do not know is no reason to stop. */
static enum rc
choose_framework(struct build *b, int root, const char *dir)
{
	const char *name = setting(b->c.framework, b->repo.framework);

	b->framework = name != NULL ? framework_find(name) : NULL;
	if (b->framework == NULL && *b->c.framework != '\0')
		return build_fail(b, "framework",
		    "there is no framework \"%s\"; leave it empty to have it "
		    "detected",
		    name);
	if (b->framework == NULL)
		b->framework =
		    framework_detect(b->arena, &b->package, root, dir);
	return RC_OK;
}

static void
choose_install(struct build *b)
{
	b->install = setting(b->c.install_command, b->repo.install);
	b->install_dir = tree_join(b->arena, b->c.root_dir, "");
	if (b->install != NULL)
		return;
	/* A folder of files needs nothing that package.json may list. */
	if (*b->command == '\0' || b->package.json == NULL ||
	    package_empty(&b->package)) {
		b->install = "";
		return;
	}
	b->install = manager_install(&b->package);
	b->install_dir = b->package.dir;
}

/* What adds a program to the build image: a layer of ours, or their own. */
static const char *
adds(struct build *b, const char *program)
{
	const char *layer = layer_known(program);

	return layer != NULL ?
	    arena_printf(b->arena, "slipwayctl image --with %s", layer) :
	    arena_printf(b->arena, "slipwayctl image --add %s=PATH", program);
}

/* What builds it is no package of npm: it is there, or this says the cure. */
static enum rc
check_program(struct build *b)
{
	const struct framework *f = b->framework;

	if (image_has(b->conf, f->program))
		return RC_OK;
	return build_fail(b, "framework",
	    "this is a site for %s, and the build image has no \"%s\"; set a "
	    "build command that brings its own, or have it added with %s",
	    f->title, f->program, adds(b, f->program));
}

/* What is of Ruby's brings the gems that it asks for. */
static void
choose_gems(struct build *b, int root)
{
	const char *dir = tree_join(b->arena, b->c.root_dir, "");
	const char *layer = layer_known(b->framework->program);

	if (layer == NULL || strcmp(layer, "jekyll") != 0 ||
	    !tree_is_file(root, tree_join(b->arena, dir, "Gemfile")))
		return;
	if (*b->install == '\0')
		b->install = "bundle config set --local path vendor/bundle && "
			     "bundle install --prefer-local";
	if (strncmp(b->command, "bundle ", 7) != 0)
		b->command =
		    arena_printf(b->arena, "bundle exec %s", b->command);
}

static enum rc
choose_commands(struct build *b, int root)
{
	const struct framework *f = b->framework;
	int own = 0;

	b->command = setting(b->c.build_command, b->repo.command);
	if (b->command == NULL)
		b->command = framework_command(f, &b->package, b->arena, &own);
	own &= f->program != NULL;
	if (own && check_program(b) != RC_OK)
		return RC_FAIL;
	choose_install(b);
	if (own)
		choose_gems(b, root);
	b->output = setting(b->c.output_dir, b->repo.output);
	b->output_set = b->output != NULL && *b->output != '\0';
	if (!b->output_set)
		b->output = b->package.output != NULL ?
		    arena_printf(b->arena, "%s|%s", b->package.output,
			f->output) :
		    f->output;
	return RC_OK;
}

/* A server is built only by who says how, or where the site comes out. */
static enum rc
refuse_server(struct build *b)
{
	if ((b->framework->flags & FRAMEWORK_SERVER) == 0 || b->output_set ||
	    *b->command != '\0')
		return RC_OK;
	return build_fail(b, "framework",
	    "this is a server (%s); Slipway serves static sites: if this makes "
	    "one, set the project's build command and output directory",
	    b->framework->title);
}

/* What installs is in the image, or the project brings what it needs. */
static enum rc
check_manager(struct build *b)
{
	struct package *p = &b->package;

	if (*b->install == '\0' || manager_usual(p) ||
	    image_has(b->conf, p->manager_name) ||
	    strcmp(b->install, manager_install(p)) != 0)
		return RC_OK;
	return build_fail(b, "framework",
	    "this is installed by %s, which the build image does not have; "
	    "commit a lock file of npm, pnpm or yarn, or set an install "
	    "command, or have it added with %s",
	    p->manager_name, adds(b, p->manager_name));
}

/* netlify.toml and vercel.json: what they say stands in b->repo. */
static enum rc
read_files(struct build *b, int root)
{
	const struct repofile_context c = { repofile_context(b->c.target,
						b->c.ref_kind, b->c.source),
		b->branch != NULL ? b->branch : "" };
	const struct repofile *r = &b->repo;
	const char *why;

	if (repofile_load(&b->repo, b->arena, root,
		tree_join(b->arena, b->c.root_dir, ""), &c, &why) != RC_OK)
		return build_fail(b, "config", "%s", why);
	if (*b->c.root_dir == '\0' && r->base != NULL)
		b->c.root_dir = tree_join(b->arena, r->base, "");
	if (r->netlify)
		journal_say(b->journal, "%s, context %s", r->netlify_path,
		    c.name);
	if (r->vercel)
		journal_say(b->journal, "vercel.json");
	return RC_OK;
}

/* A variable may name the Node version: the project's, then the files'. */
static void
node_by_variable(struct build *b)
{
	const char *from = "the variable NODE_VERSION";
	const char *want = env_find(b->vars, "NODE_VERSION");

	if (want == NULL && (want = env_find(b->repo.vars, "NODE_VERSION")))
		from = b->repo.netlify ? b->repo.netlify_path : "vercel.json";
	if (want == NULL)
		return;
	b->package.node = want;
	b->package.node_from = from;
}

/* It compares commits, and of what was uploaded git knows none. */
static void
choose_ignore(struct build *b)
{
	b->ignore = setting(b->c.ignore_command, b->repo.ignore);
	if (b->ignore != NULL && *b->ignore != '\0' &&
	    strcmp(b->c.source, "git") != 0)
		journal_say(b->journal,
		    "the ignore command is not asked: what was uploaded is "
		    "built, and has no history to compare");
}

static enum rc
detect(struct build *b, int root)
{
	const char *dir, *why;
	enum rc rc;

	if ((rc = read_files(b, root)) != RC_OK)
		return rc;
	dir = tree_join(b->arena, b->c.root_dir, "");
	if (!tree_is_dir(root, dir))
		return build_fail(b, "root_dir",
		    "the project's root directory \"%s\" is not in the %s", dir,
		    strcmp(b->c.source, "git") == 0 ? "repository" : "upload");
	if (package_load(&b->package, b->arena, root, dir, &why) != RC_OK)
		return build_fail(b, "package_json", "%s", why);
	node_by_variable(b);
	if ((rc = choose_framework(b, root, dir)) != RC_OK ||
	    (rc = choose_commands(b, root)) != RC_OK ||
	    (rc = refuse_server(b)) != RC_OK ||
	    (rc = check_manager(b)) != RC_OK)
		return rc;
	journal_say(b->journal, "%s %s",
	    *b->c.framework != '\0' ? "set to" : "detected",
	    b->framework->title);
	if (*b->install != '\0' && b->package.json != NULL)
		journal_say(b->journal, "%s, %s%s", b->package.manager_name,
		    b->package.lock != NULL ? "by " : "without a lock file",
		    b->package.lock != NULL ? b->package.lock : "");
	choose_ignore(b);
	if (*b->install != '\0' || *b->command != '\0') {
		if ((rc = choose_node(b)) != RC_OK)
			return rc;
		if (b->package.manager_note != NULL && *b->install != '\0')
			journal_say(b->journal, "%s", b->package.manager_note);
	} else {
		b->node = "";
		b->image = b->conf->build_image;
	}
	if (*b->install != '\0')
		b->deps_key = package_key(&b->package, b->arena, root,
		    b->install_dir, b->node, b->install);
	return build_progress(b);
}

enum rc
step_detect(struct build *b)
{
	enum rc rc;
	int root;

	if (strcmp(b->c.source, "prebuilt") == 0) {
		b->framework = framework_find("static");
		b->install = b->command = b->node = "";
		b->output = ".";
		return RC_OK;
	}
	if ((rc = env_load(b)) != RC_OK)
		return rc;
	if (cage_tree(b->cage, &root) != RC_OK)
		return build_fail(b, INTERNAL, "cannot read the checkout");
	if ((rc = detect(b, root)) != RC_OK && b->framework != NULL &&
	    build_progress(b) != RC_OK) /* what it is, is of use then, too */
		rc = RC_FAIL;
	close(root);
	return rc;
}

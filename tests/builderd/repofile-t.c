/* builderd/repofile: vercel.json and netlify.toml. */
#include "builderd/repofile.h"
#include "fixture.h"
#include "tap.h"

static const struct repofile_context production = { "production", "main" };
static const struct repofile_context feature = { "branch-deploy", "feature/x" };

#define PUT(dir, path, text) fixture_put(dir, path, text, strlen(text))

static const char netlify[] = "[build]\n"
			      "  base = \"/site/\"\n"
			      "  command = \"npm run build\"\n"
			      "  publish = \"./dist/\"\n"
			      "  ignore = \"git diff --quiet HEAD^ HEAD\"\n"
			      "[build.environment]\n"
			      "  NODE_VERSION = \"20\"\n"
			      "  A = \"all\"\n"
			      "  NUMBER = 5\n"
			      "[context.production]\n"
			      "  command = \"npm run production\"\n"
			      "[context.production.environment]\n"
			      "  A = \"production\"\n"
			      "[context.branch-deploy.environment]\n"
			      "  A = \"branch\"\n"
			      "[context.\"feature/x\"]\n"
			      "  publish = \"out\"\n"
			      "  environment = { B = \"x\" }\n"
			      "[[redirects]]\n"
			      "  from = \"/a\"\n";

/* clang-format off */
static const struct {
	const char *file, *text, *part;
} wrong[] = {
	{ "netlify.toml", "[build\n", "netlify.toml: line 1: the \"[\" has no \"]\"" },
	{ "netlify.toml", "build = 1\n", "netlify.toml: line 1: build is not a table" },
	{ "netlify.toml", "\ncontext = 1\n", "netlify.toml: line 2: context is not a table" },
	{ "netlify.toml", "[context]\nproduction = 1\n", "line 2: context.production is not a table" },
	{ "netlify.toml", "[context]\n\nmain = []\n", "line 3: context.main is not a table" },
	{ "netlify.toml", "[build]\n# one\ncommand = 1\n", "netlify.toml: line 3: command is not a string: write it between" },
	{ "netlify.toml", "[context.production]\npublish = true\n", "line 2: publish is not a string" },
	{ "netlify.toml", "[build]\npublish = \"../x\"\n", "line 2: publish is \"../x\"" },
	{ "netlify.toml", "[build]\nbase = \"a/../../x\"\n", "base is" },
	{ "netlify.toml", "[build]\nenvironment = 1\n", "line 2: the environment is not a table" },
	{ "netlify.toml", "[build.environment]\n\"A B\" = \"\"\n", "line 2: A B is no name" },
	{ "netlify.toml", "[build.environment]\nA = []\n", "line 2: A is not a string" },
	{ "vercel.json", "{", "vercel.json is not JSON: line 1: " },
	{ "vercel.json", "{\n \"a\": 1\n \"b\": 2\n}\n", "vercel.json is not JSON: line 3: " },
	{ "vercel.json", "[]", "not a JSON object" },
	{ "vercel.json", "{\"buildCommand\": 1}", "vercel.json: buildCommand is not a string" },
	{ "vercel.json", "{\"outputDirectory\": \"/../etc\"}", "outputDirectory is" },
	{ "vercel.json", "{\"framework\": \"A b\"}", "framework is" },
};
/* clang-format on */

static const char *
text(const char *s)
{
	return s != NULL ? s : "(null)";
}

static int
same(const char *x, const char *y)
{
	if (strcmp(text(x), text(y)) == 0)
		return 1;
	printf("# %s, not %s\n", text(x), text(y));
	return 0;
}

static const char *
var(const struct repofile *r, const char *name)
{
	const char *const *v = r->vars;
	size_t n = strlen(name);

	for (; *v != NULL; v++)
		if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
			return *v + n + 1;
	return NULL;
}

int
main(void)
{
	struct arena *a = arena_new();
	struct repofile r;
	const char *why = "";
	size_t i;
	int dir = fixture();

	ok(repofile_load(&r, a, dir, ".", &production, &why) == RC_OK &&
		r.command == NULL && r.base == NULL && r.vars[0] == NULL,
	    "neither");
	PUT(dir, "netlify.toml", netlify);
	ok(repofile_load(&r, a, dir, ".", &production, &why) == RC_OK,
	    "netlify.toml: %s", why);
	ok(same(r.base, "site") && same(r.command, "npm run production") &&
		same(r.output, "dist") && r.install == NULL,
	    "folders as they are meant, the command of the context");
	ok(same(var(&r, "A"), "production") && same(var(&r, "NUMBER"), "5") &&
		same(var(&r, "NODE_VERSION"), "20"),
	    "variables, the context's before the general");
	ok(repofile_load(&r, a, dir, ".", &feature, &why) == RC_OK &&
		same(r.command, "npm run build") && same(r.output, "out") &&
		same(var(&r, "A"), "branch") && same(var(&r, "B"), "x"),
	    "a context by the name of a branch comes on top");
	PUT(dir, "site/netlify.toml", "[build]\ncommand = \"own\"\n");
	ok(repofile_load(&r, a, dir, "site", &production, &why) == RC_OK &&
		same(r.command, "own") && r.base == NULL &&
		same(r.netlify_path, "site/netlify.toml"),
	    "the one beside the project is the one");
	PUT(dir, "site/vercel.json",
	    "{\"buildCommand\": \"v\", \"installCommand\": \"\", "
	    "\"framework\": null, \"outputDirectory\": \"./public\", "
	    "\"env\": {\"A\": \"v\"}, \"build\": {\"env\": {\"C\": \"c\"}}}");
	ok(repofile_load(&r, a, dir, ".", &production, &why) == RC_OK &&
		same(r.command, "v") && same(r.install, "") &&
		r.framework == NULL && same(r.output, "public") && r.vercel &&
		r.netlify,
	    "vercel.json of the base wins: %s", why);
	ok(same(var(&r, "A"), "v") && same(var(&r, "C"), "c"),
	    "and its variables");
	close(dir);
	for (i = 0; i < NITEMS(wrong); i++) {
		dir = fixture();
		PUT(dir, wrong[i].file, wrong[i].text);
		why = "";
		ok(repofile_load(&r, a, dir, ".", &production, &why) ==
			    RC_INVALID &&
			strstr(why, wrong[i].part) != NULL,
		    "%s: %s", wrong[i].file, why);
		close(dir);
	}
	ok(same(repofile_context("production", "branch", "git"),
	       "production") &&
		same(repofile_context("preview", "branch", "git"),
		    "branch-deploy") &&
		same(repofile_context("preview", "", "upload"),
		    "deploy-preview") &&
		same(repofile_context("development", "branch", "git"), "dev"),
	    "contexts");
	arena_free(a);
	return done();
}

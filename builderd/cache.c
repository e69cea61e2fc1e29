/*
 * cache -- what a build keeps for those that come after it.
 *
 * An image of a build has its dependencies, every node_modules of it or what
 * Yarn's Plug'n'Play has instead, and what its framework remembers; or the
 * latter alone, where the dependencies were those of an earlier build.  It is
 * laid, read only, beneath the workspace: that takes milliseconds whatever its
 * size.
 *
 * Each class of deployments keeps its own.  A preview may start from what
 * production has, since it cannot change it; production takes nothing from
 * anyone else, whatever a preview left behind.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "builderd.h"
#include "downloads.h"
#include "log.h"
#include "signals.h"
#include "tree.h"

#define HALF         32 /* digits of a key that say what it is like */
#define NOTHING      "00000000000000000000000000000000"
#define SAVE_SECONDS 60
#define SAVE_LOOK    50 /* ms */

/* Whose images a build may have, its own first. */
/* clang-format off */
static const struct class {
	const char *target, *reads;
} classes[] = {
	{ "production",	 NULL },
	{ "preview",	 "production" },
	{ "development", "production" },
};
/* clang-format on */

/* What tools of any framework remember; the framework's own comes first. */
#define MEMORIES "node_modules/.cache|node_modules/.vite|.turbo/cache|.nx/cache"

/*
 * What Yarn 2 and later install where there is no node_modules, below where
 * they do.  It comes first: what is unplugged may have a node_modules.
 */
#define PNP                                                                \
	".pnp.cjs .pnp.js .pnp.loader.mjs .pnp.data.json .yarn/unplugged " \
	".yarn/cache .yarn/install-state.gz .yarn/build-state.yml"

/* Where it says that the packages are. */
#define PNP_CACHE "\"./.yarn/cache/"

/*
 * Puts into CAGE_KEEP what is to be kept, whole: a directory that a layer is
 * part of is copied, and the copy takes its place, which makes the overlay
 * hide the layer there from then on.
 *
 *	$1	"modules", or "memory" alone
 *	$2	"layered"; or there is no layer, and all is whole
 *	$3	when the build began: what has not changed since is not kept
 *	$4	what the package manager fetched is there, or ""
 *	$5	where it has installed
 *	$6 ...	directories
 *
 * Dependencies are all or none: a build that has them restored installs
 * nothing, so where packages are elsewhere, nothing is kept.
 *
 * What was fetched goes into DOWNLOADS; by links, where both are of one file
 * system.
 */
static const char script[] =
    "exec >/dev/null 2>&1\n"
    "what=$1 layered=$2 since=$3 fetched=$4 top=$5 n=0\n"
    "shift 5\n"
    "rm -rf " CAGE_KEEP " " CAGE_KEEP ".old " DOWNLOADS "\n"
    "take() {\n"
    "	[ -e \"$1\" ] && [ ! -L \"$1\" ] || return 0\n"
    "	n=$((n + 1))\n"
    "	mkdir -p \"" CAGE_KEEP "/${1%/*}\" " CAGE_KEEP ".old || exit 1\n"
    "	[ $layered != layered ] || [ ! -d \"$1\" ] || {\n"
    "		mv \"$1\" " CAGE_KEEP ".old/$n && mkdir \"$1\" &&\n"
    "		cp -a " CAGE_KEEP ".old/$n/. \"$1/\"\n"
    "	} || exit 1\n"
    "	mv \"$1\" \"" CAGE_KEEP "/$1\" || exit 1\n"
    "}\n"
    "if [ $what = modules ]; then\n"
    "	[ ! -d \"$fetched\" ] || {\n"
    "		mkdir " DOWNLOADS " &&\n"
    "		cp -rl \"$fetched/.\" " DOWNLOADS " ||\n"
    "		    cp -r \"$fetched/.\" " DOWNLOADS " ||\n"
    "		    rm -rf " DOWNLOADS "\n"
    "	}\n"
    "	if [ -f \"$top/.pnp.cjs\" ] || [ -f \"$top/.pnp.js\" ]; then\n"
    "		grep -qF '" PNP_CACHE "' \"$top\"/.pnp.* || exit 0\n"
    "		for d in " PNP "; do take \"$top/$d\"; done\n"
    "	fi\n"
    "	find . -name '" CAGE_KEEP "*' -prune -o -type d \\\n"
    "	    -name node_modules -prune -print >/tmp/modules\n"
    "	while read -r d; do take \"$d\"; done </tmp/modules\n"
    "	[ $n != 0 ] || exit 0\n"
    "else\n"
    "	[ -n \"$(find \"$@\" -newermt \"@$since\" -print -quit)\" ] || exit 0\n"
    "fi\n"
    "for d; do take \"$d\"; done\n"
    "exit 0\n";

static const struct class *
class_of(const struct build *b)
{
	size_t i;

	for (i = 0; i < NITEMS(classes); i++)
		if (strcmp(classes[i].target, b->c.target) == 0)
			return &classes[i];
	return &classes[1]; /* whatever it is, it is not production */
}

/* The first half says what it is like, the second what exactly it is. */
static const char *
make_key(struct build *b, const char *class, const char *like,
    const char *exactly)
{
	unsigned char sum[crypto_hash_sha256_BYTES];
	char hex[sizeof(sum) * 2 + 1];
	const char *text;

	text = arena_printf(b->arena, "%s\n%s", class, like);
	crypto_hash_sha256(sum, (const unsigned char *)text, strlen(text));
	sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	return arena_printf(b->arena, "%.*s%.*s", HALF, hex, HALF, exactly);
}

static const char *
deps_key(struct build *b, const char *class)
{
	const char *dir = b->package.manager_dir;

	return make_key(b, class,
	    arena_printf(b->arena, "%s\n%s\n%s\n%s\n%s",
		b->package.manager_name, dir != NULL ? dir : "", b->node,
		b->install_dir, b->install),
	    b->deps_key);
}

static const char *
memory_key(struct build *b, const char *class)
{
	return make_key(b, class,
	    arena_printf(b->arena, "%s\n%s", b->framework->name, b->c.root_dir),
	    b->deps_key != NULL ? b->deps_key : NOTHING);
}

/* What of each class is asked for until there is one. */
static enum rc
lay(struct build *b, const char *(*key)(struct build *, const char *class),
    enum rc (*layer)(struct cage *, const char *))
{
	const struct class *class = class_of(b);
	enum rc rc = layer(b->cage, key(b, class->target));

	if (rc == RC_NOT_FOUND && class->reads != NULL)
		rc = layer(b->cage, key(b, class->reads));
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		log_warnx("restore: %s; going on without", rc_name(rc));
	b->layered |= rc == RC_OK;
	return rc;
}

/*
 * What was kept after builds with these dependencies is newer than what is in
 * the image of them; where that is another's, the newest of all will do.
 */
static void
restore_memory(struct build *b)
{
	if (lay(b, memory_key,
		b->deps == DEPS_SAME ? cage_layer : cage_layer_like) == RC_OK)
		journal_say(b->journal, "%s's cache is restored",
		    b->framework->title);
}

/*
 * A build is ready before it has saved anything; whoever deploys at once again
 * would install what is about to be there.
 */
static void
await_saved(struct build *b)
{
	uint64_t until = clock_ms() + SAVE_SECONDS * 1000;
	int said = 0;

	while (cage_others_save(b->cage)) {
		if (signals_stop || clock_ms() >= until)
			return;
		if (said++ == 0)
			journal_say(b->journal,
			    "waiting for what an earlier build keeps");
		if (journal_due(b->journal) == 0)
			(void)!journal_send(b->journal);
		(void)signals_poll(NULL, 0, SAVE_LOOK);
	}
}

enum rc
step_restore(struct build *b)
{
	b->began = time(NULL);
	await_saved(b);
	if (b->deps_key != NULL) {
		if (lay(b, deps_key, cage_layer) == RC_OK) {
			b->deps = DEPS_SAME;
			journal_say(b->journal,
			    "dependencies are as they were: restored, not "
			    "installed");
		} else if (manager_update(&b->package, b->install) != NULL &&
		    lay(b, deps_key, cage_layer_like) == RC_OK) {
			b->deps = DEPS_NEAR;
			journal_say(b->journal,
			    "dependencies have changed: starting from those of "
			    "an earlier build");
		}
	}
	restore_memory(b);
	return RC_OK;
}

enum rc
cache_forget(struct build *b)
{
	enum rc rc;

	if ((rc = cage_reset(b->cage)) != RC_OK)
		return build_fail(b, INTERNAL, "cannot undo the install");
	b->layered = 0;
	b->deps = DEPS_NONE;
	restore_memory(b);
	return RC_OK;
}

/* Below the project's directory, and below that of its workspace. */
static void
list_memories(struct build *b, const char **argv, size_t max)
{
	const char *const dirs[] = { tree_join(b->arena, b->c.root_dir, ""),
		b->package.dir };
	const char *all = MEMORIES, *list, *part;
	size_t i, k, n = 0;

	if (b->framework->cache != NULL)
		all = arena_printf(b->arena, "%s|%s", b->framework->cache, all);
	for (i = 0; i < NITEMS(dirs); i++) {
		if (i > 0 && (dirs[i] == NULL || strcmp(dirs[0], dirs[i]) == 0))
			continue;
		for (list = all;
		     n < max && (part = framework_part(&list, &k)) != NULL;)
			argv[n++] = arena_printf(b->arena, "./%s",
			    tree_join(b->arena, dirs[i],
				arena_strndup(b->arena, part, k)));
	}
	argv[n] = NULL;
}

/* Brings together, in the cage, what is to be kept. */
static enum rc
gather(struct build *b, int modules)
{
	const char *fetched = downloads_folder(b);
	const char *argv[40] = { "/bin/sh", "-c", script, "keep",
		modules ? "modules" : "memory", b->layered ? "layered" : "new",
		arena_printf(b->arena, "%lld", (long long)b->began),
		fetched != NULL ? fetched : "",
		arena_printf(b->arena, "./%s", b->package.dir) };
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LANG=C.UTF-8",
		NULL };
	const struct command c = { .kind = CAGE_BUILD,
		.what = "keep",
		.cwd = ".",
		.argv = argv,
		.env = env,
		.code = "exit" };

	list_memories(b, argv + 9, NITEMS(argv) - 10);
	b->step = "save";
	b->step_seconds = SAVE_SECONDS;
	b->step_until = clock_ms() + SAVE_SECONDS * 1000;
	return command_run(b, &c);
}

/* After the last word: what fails here costs only the next build's time. */
enum rc
step_save(struct build *b)
{
	const char *class = class_of(b)->target;
	int modules = b->deps == DEPS_NEW && b->deps_key != NULL;
	enum rc rc;
	int root;

	if (*b->command == '\0' && !modules)
		return RC_OK;
	if ((rc = gather(b, modules)) == RC_OK) {
		if (modules && cage_tree(b->cage, &root) == RC_OK) {
			downloads_take(b, root);
			close(root);
		}
		rc = cage_save(b->cage,
		    modules ? deps_key(b, class) : memory_key(b, class));
	}
	if (rc == RC_NOT_FOUND)
		return RC_OK;
	if (rc != RC_OK)
		log_warnx("save: %s", b->why != NULL ? b->why : rc_name(rc));
	return rc;
}

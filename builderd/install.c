/*
 * install -- the project's commands: whether to build at all, dependencies
 * unless an earlier build's do, and the build itself.
 */
#include <string.h>

#include "builderd.h"
#include "downloads.h"
#include "tree.h"

enum rc
command_shell(struct build *b, const char *line, const char *cwd,
    const char *code)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	struct command c = { .kind = CAGE_BUILD,
		.what = line,
		.cwd = cwd,
		.argv = argv,
		.env = env_make(b, cwd),
		.code = code };
	enum rc rc;

	if ((rc = registries(b, &c.names)) != RC_OK)
		return rc;
	journal_say(b->journal, "$ %s", line);
	return command_run(b, &c);
}

/* Told so by an exit with 0, as the hosts do whose files we read. */
enum rc
step_ignore(struct build *b)
{
	const char *cwd = tree_join(b->arena, b->c.root_dir, "");
	const char *const argv[] = { "/bin/sh", "-c", b->ignore, NULL };
	int status = 0;
	struct command c = { .kind = CAGE_BUILD,
		.what = b->ignore,
		.cwd = cwd,
		.argv = argv,
		.env = env_make(b, cwd),
		.status = &status,
		.code = "exit" };
	enum rc rc;

	if ((rc = registries(b, &c.names)) != RC_OK)
		return rc;
	journal_say(b->journal, "$ %s", b->ignore);
	if ((rc = command_run(b, &c)) != RC_OK)
		return rc;
	if (status == 0)
		return build_fail(b, IGNORED,
		    "skipped: the ignore command exited with 0, which means "
		    "that there is nothing to build");
	journal_say(b->journal, "the ignore command exited with %d: building",
	    status);
	return RC_OK;
}

/* What a package manager runs for the project itself after it installed. */
static enum rc
lifecycle(struct build *b)
{
	static const char *const names[] = { "preinstall", "install",
		"postinstall", "prepare" };
	enum rc rc = RC_OK;
	size_t i;

	for (i = 0; i < NITEMS(names) && rc == RC_OK; i++)
		if (package_hook(&b->package, names[i]) != NULL)
			rc = command_shell(b,
			    arena_printf(b->arena, "%s run %s",
				b->package.manager_name, names[i]),
			    b->install_dir, "exit");
	return rc;
}

/*
 * What is nearest may be too far: the same again, from nothing.  Only for a
 * command that failed; what was killed would be again.
 */
static enum rc
start_over(struct build *b)
{
	enum rc rc;

	b->code = b->why = NULL;
	b->exited = 0;
	journal_say(b->journal,
	    "that did not work: installing again, from nothing");
	if ((rc = cache_forget(b)) != RC_OK)
		return rc;
	return command_shell(b, b->install, b->install_dir, "exit");
}

enum rc
step_install(struct build *b)
{
	enum rc rc;

	if (*b->install == '\0')
		return RC_OK;
	if (b->deps == DEPS_SAME)
		return lifecycle(b);
	if ((rc = downloads_offer(b)) != RC_OK)
		return rc;
	if (b->deps == DEPS_NEAR) {
		rc = command_shell(b, manager_update(&b->package, b->install),
		    b->install_dir, "exit");
		if (rc == RC_INVALID && b->exited)
			rc = start_over(b);
	} else
		rc = command_shell(b, b->install, b->install_dir, "exit");
	if (rc == RC_OK)
		b->deps = DEPS_NEW;
	return rc;
}

enum rc
step_build(struct build *b)
{
	if (*b->command == '\0')
		return RC_OK;
	return command_shell(b, b->command,
	    tree_join(b->arena, b->c.root_dir, ""), "exit");
}

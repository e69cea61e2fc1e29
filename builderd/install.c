/*
 * install -- dependencies: restore them, or install them, and keep them; and
 * the build itself.
 */
#include <string.h>

#include "builderd.h"
#include "log.h"
#include "tree.h"

enum rc
command_shell(struct build *b, const char *line, const char *cwd,
    const char *code)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	const struct command c = { .kind = CAGE_BUILD,
		.what = line,
		.cwd = cwd,
		.argv = argv,
		.env = env_make(b, cwd),
		.code = code };

	journal_say(b->journal, "$ %s", line);
	return command_run(b, &c);
}

enum rc
step_restore(struct build *b)
{
	enum rc rc;

	if ((rc = env_load(b)) != RC_OK || b->deps_key == NULL)
		return rc;
	rc = cage_layer(b->cage, b->deps_key);
	if (rc == RC_OK) {
		b->deps_restored = 1;
		journal_say(b->journal,
		    "dependencies are as they were: restored, not installed");
	} else if (rc != RC_NOT_FOUND)
		log_warnx("restore: %s; installing", rc_name(rc));
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

enum rc
step_install(struct build *b)
{
	enum rc rc;

	if (*b->install == '\0')
		return RC_OK;
	if (b->deps_restored)
		return lifecycle(b);
	rc = command_shell(b, b->install, b->install_dir, "exit");
	b->deps_installed = rc == RC_OK;
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

/* After the last word: what fails here costs only the next build's time. */
enum rc
step_save(struct build *b)
{
	enum rc rc;

	if (!b->deps_installed || b->deps_key == NULL)
		return RC_OK;
	if ((rc = cage_save(b->cage, b->deps_key)) != RC_OK)
		log_warnx("save: %s", rc_name(rc));
	return RC_OK;
}

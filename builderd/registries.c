/*
 * registries -- the hosts that a project's commands may reach where the project
 * does not want them to reach any.
 *
 * The operator says which (build-registries), or else the project itself does
 * before anything of a stranger's ran: its package manager, asked in its
 * directory and without a network, and its lock file.
 */
#include <string.h>

#include "builderd.h"
#include "hosts.h"

#define HOSTS 64 /* names learnt */

/* What makes a manager say its configuration; the image has it, or not. */
static const char *const asks[MANAGER__MAX] = {
	[NPM] = "npm config list --long || :",
	[PNPM] = "pnpm config get registry; pnpm config list || :",
	[YARN] = "yarn config list || :",
	[YARN_BERRY] =
	    "yarn config get npmRegistryServer; yarn config get npmScopes || :",
};

static void
learn(struct build *b, const char *s, size_t n)
{
	char name[HOSTS_NAME];
	const char *p;
	int k = 0;

	if (hosts_name(name, s, n) != RC_OK || strchr(name, '.') == NULL ||
	    hosts_has(b->registries, name))
		return;
	for (p = b->registries; *p != '\0'; p++)
		k += *p == ' ';
	if (k < HOSTS)
		b->registries =
		    arena_printf(b->arena, "%s%s ", b->registries, name);
}

/* Every host of a URL on the line. */
static void
urls(struct build *b, const char *s, size_t size)
{
	const char *end = s + size, *p, *at;
	size_t n;

	while ((p = memmem(s, (size_t)(end - s), "://", 3)) != NULL) {
		s = p + 3;
		if (p == end - 3)
			return;
		for (n = 0; s + n < end && strchr("/\"' ,;", s[n]) == NULL; n++)
			continue;
		if ((at = memrchr(s, '@', n)) != NULL) {
			n -= (size_t)(at + 1 - s);
			s = at + 1;
		}
		at = memchr(s, ':', n);
		learn(b, s, at != NULL ? (size_t)(at - s) : n);
	}
}

/* Lock files are full of addresses that nobody goes to. */
static void
lock_file(struct build *b)
{
	const char *text = b->package.lock_text, *next;
	size_t n;

	for (; text != NULL && *text != '\0'; text = next) {
		n = strcspn(text, "\n");
		next = text + n + (text[n] == '\n');
		if (memmem(text, n, "resolved", 8) != NULL ||
		    memmem(text, n, "tarball: ", 9) != NULL)
			urls(b, text, n);
	}
}

/*
 * pnpm 11 and 12 list what is usual as well: tables of addresses that nobody
 * has named, each below a line that ends so.
 */
static int
said(struct build *b, const char *line)
{
	size_t n = strlen(line);

	if (n > 0 && line[n - 1] == '{')
		return 1;
	if (strcasestr(line, "registry") != NULL ||
	    strncmp(line, "http", 4) == 0)
		urls(b, line, n);
	return 1;
}

static enum rc
discover(struct build *b)
{
	const char *argv[] = { "/bin/sh", "-c", NULL, NULL };
	struct command c = { .kind = CAGE_BUILD,
		.what = "the package manager's configuration",
		.cwd = b->install_dir,
		.argv = argv,
		.line = said,
		.code = "exit",
		.names = "" };

	b->registries = "";
	urls(b, b->c.repo, strlen(b->c.repo));
	if (b->package.manager_name == NULL || b->install_dir == NULL)
		return RC_OK;
	lock_file(b);
	argv[2] = asks[b->package.manager];
	c.env = env_make(b, c.cwd);
	return command_run(b, &c);
}

enum rc
registries(struct build *b, const char **names)
{
	enum rc rc = RC_OK;

	*names = NULL;
	if (strcmp(b->c.network, "registries") != 0 &&
	    strcmp(b->c.network, "none") != 0)
		return RC_OK;
	*names = "";
	/* It says whether to build, and gets nothing for that. */
	if (strcmp(b->step, "ignore") == 0)
		return RC_OK;
	if (strcmp(b->c.network, "none") == 0 &&
	    strcmp(b->step, "install") != 0)
		return RC_OK;
	if (b->registries == NULL && *b->conf->build_registries != '\0')
		b->registries = b->conf->build_registries;
	else if (b->registries == NULL)
		rc = discover(b);
	if (rc == RC_OK && *b->registries != '\0')
		journal_say(b->journal, "network: limited to %s",
		    b->registries);
	else if (rc == RC_OK)
		journal_say(b->journal, "network: no registry is known");
	*names = b->registries;
	return rc;
}

/*
 * leak -- secrets of the project in what is to be published.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd.h"
#include "log.h"

#define CHUNK (1 << 20)
#define WORD  16 /* bytes of what is words rather than a secret */

/* Variables that are made for the browser, whatever the framework. */
static const char *const prefixes[] = { "EXPO_PUBLIC_", "GATSBY_", "GRIDSOME_",
	"NEXT_PUBLIC_", "NG_APP_", "NUXT_ENV_", "NUXT_PUBLIC_",
	"PLASMO_PUBLIC_", "PUBLIC_", "REACT_APP_", "SANITY_STUDIO_",
	"STORYBOOK_", "VITE_", "VUE_APP_" };

/* The project's word, or its files'. */
static const char *
variable(const struct build *b, const char *name)
{
	const char *value = env_find(b->vars, name);

	return value != NULL ? value : env_find(b->repo.vars, name);
}

/* "for production", or the address of a host and nothing of it. */
static int
is_plain(const char *value)
{
	size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz ");
	const char *host;

	if (value[n] == '\0')
		return n <= WORD;
	if (strncmp(value, "http", 4) != 0 ||
	    (host = strstr(value, "://")) == NULL)
		return 0;
	host += 3;
	n = strcspn(host, "/@?#");
	return host[n] == '\0' || strcmp(host + n, "/") == 0;
}

static int
is_public(const struct build *b, const char *name, const char *value)
{
	const char *list = b->framework != NULL ? b->framework->prefix : NULL;
	const char *own;
	const char *omit = variable(b, "SECRETS_SCAN_OMIT_KEYS");
	size_t i, n;

	if (is_plain(value) || strncmp(name, "SECRETS_SCAN_", 13) == 0)
		return 1;
	while ((own = framework_part(&list, &n)) != NULL)
		if (strncmp(name, own, n) == 0)
			return 1;
	for (i = 0; i < NITEMS(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return 1;
	while (omit != NULL && *omit != '\0') {
		omit += strspn(omit, ", ");
		n = strcspn(omit, ", ");
		if (n > 0 && strlen(name) == n && memcmp(omit, name, n) == 0)
			return 1;
		omit += n;
	}
	return 0;
}

void
leak_learn(struct build *b)
{
	const char *on, *value, *name;
	size_t i;

	b->secrets = redact_new(b->arena);
	if (b->vars == NULL)
		return;
	if ((on = variable(b, "SECRETS_SCAN_ENABLED")) != NULL &&
	    strcmp(on, "false") == 0)
		return;
	for (i = 0; b->vars[i] != NULL; i++) {
		value = strchr(b->vars[i], '=') + 1;
		name = arena_strndup(b->arena, b->vars[i],
		    (size_t)(value - b->vars[i]) - 1);
		if (!is_public(b, name, value))
			redact_add(b->secrets, name, value);
	}
}

/* From wherever fd is, which is where it will be again. */
enum rc
leak_scan(const struct build *b, int fd, const char **name)
{
	size_t longest = redact_longest(b->secrets), have = 0, keep;
	enum rc rc = RC_OK;
	off_t at = 0;
	char *buf;
	ssize_t n;

	*name = NULL;
	if (longest == 0)
		return RC_OK;
	if ((buf = malloc(longest + CHUNK)) == NULL)
		fatalx("out of memory");
	while (*name == NULL) {
		n = pread(fd, buf + have, CHUNK, at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			log_warn("read the output");
			rc = RC_FAIL;
		}
		if (n <= 0)
			break;
		at += n;
		have += (size_t)n;
		*name = redact_find(b->secrets, buf, have);
		keep = have < longest - 1 ? have : longest - 1;
		memmove(buf, buf + have - keep, keep);
		have = keep;
	}
	free(buf);
	return rc;
}

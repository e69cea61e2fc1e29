#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetcher.h"

#define ORDER_MAX (256 << 10)

static void
set_host(struct order *o, const char *entry, int pinned)
{
	if (o->nhosts == HOSTS_MAX)
		give_up("internal", "too many hosts");
	o->hosts[o->nhosts].entry = entry;
	o->hosts[o->nhosts++].pinned = pinned;
}

static void
set(struct order *o, const char *name, const char *value)
{
	const struct {
		const char *name, **to;
	} fields[] = {
		{ "url", &o->url },
		{ "upload", &o->upload },
		{ "kind", &o->kind },
		{ "ref", &o->ref },
		{ "commit", &o->commit },
		{ "token", &o->token },
		{ "key", &o->key },
		{ "allow", &o->allow },
		{ "submodules", &o->submodules },
		{ "lfs", &o->lfs },
		{ "files", &o->files },
		{ "bytes", &o->bytes },
		{ "file", &o->file },
	};
	size_t i;

	if (strcmp(name, "pinned") == 0 || strcmp(name, "known") == 0) {
		set_host(o, value, *name == 'p');
		return;
	}
	for (i = 0; i < NITEMS(fields); i++)
		if (strcmp(fields[i].name, name) == 0) {
			*fields[i].to = value;
			return;
		}
	give_up("internal", "slipway-fetch does not know \"%s\"", name);
}

int
main(void)
{
	static char text[ORDER_MAX];
	static struct order o = { .kind = "branch",
		.ref = "",
		.commit = "",
		.allow = "",
		.submodules = "f",
		.lfs = "f",
		.files = "1",
		.bytes = "1",
		.file = "1" };
	char *p, *next, *value;
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(text) - 1 &&
	    ((n = read(0, text + have, sizeof(text) - 1 - have)) > 0 ||
		(n == -1 && errno == EINTR)))
		have += n > 0 ? (size_t)n : 0;
	for (p = text; *p != '\0'; p = next) {
		next = p + strcspn(p, "\n");
		if (*next == '\0')
			give_up("internal", "the order is not whole");
		*next++ = '\0';
		value = p + strcspn(p, " ");
		if (*value != '\0')
			*value++ = '\0';
		set(&o, p, value);
	}
	if (o.upload != NULL)
		upload_fetch(&o);
	else if (o.url != NULL)
		git_fetch(&o);
	else
		give_up("internal", "neither url nor upload");
	return 0;
}

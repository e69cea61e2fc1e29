/* Messages to the helper: whatever passes is whole, terminated, in range. */
#include <stdlib.h>
#include <string.h>

#include "builderd/cage/cage-msg.c"

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

static void
text(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	if (n == size)
		abort();
	while (n-- > 0)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", s[n]) ==
		    NULL)
			abort();
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct conf conf = { .build_slots = 2,
		.build_memory = 2048,
		.build_cpus = 200,
		.build_disk = 8192,
		.build_disk_max = 9000 };
	struct cage_request r;
	struct cage_ask a;

	if (cage_ask_ok(data, size, &conf)) {
		memcpy(&a, data, sizeof(a));
		text(a.deployment, sizeof(a.deployment));
		text(a.project, sizeof(a.project));
		text(a.image, sizeof(a.image));
		cage_ask_fill(&a, &conf);
		if (a.memory < 64 || a.memory > 2048 || a.cpus < 10 ||
		    a.cpus > 200 || a.disk < 64 || a.disk > 9000)
			abort();
		if (a.slot > 1 || strlen(a.deployment) != 16 ||
		    a.image[0] == '\0')
			abort();
	}
	if (keeper_request_ok(data, size) || warden_request_ok(data, size)) {
		memcpy(&r, data, sizeof(r));
		if (r.what == CAGE_START) {
			text(r.image, sizeof(r.image));
			if (r.kind > CAGE_BUILD)
				abort();
		} else if (r.what == CAGE_LAYER || r.what == CAGE_LAYER_LIKE ||
		    r.what == CAGE_SAVE) {
			text(r.key, sizeof(r.key));
			if (strlen(r.key) != 64)
				abort();
		} else if (r.what != CAGE_KILL && r.what != CAGE_TREE &&
		    r.what != CAGE_RESET)
			abort();
	}
	return 0;
}

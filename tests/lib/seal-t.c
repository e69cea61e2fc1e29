/* lib/seal: closed by anybody, opened by one, and only in its own place. */
#include <sodium.h>
#include <stdlib.h>

#include "seal.h"
#include "tap.h"

#define VALUE "s3cr3t \xf0\x9f\x94\x91"

static const struct seal_place here = { "prj_a", "production", "KEY" };

int
main(void)
{
	static const struct seal_place others[] = {
		{ "prj_b", "production", "KEY" },
		{ "prj_a", "preview", "KEY" },
		{ "prj_a", "production", "YEK" },
		{ "prj_a", "production", "KEY2" },
		{ "prj_a", "production", "KE" },
	};
	struct keys priv = { .n = 2 }, pub = { .n = 1 }, one = { .n = 1 };
	struct arena *a = arena_new();
	unsigned char *box, *again, *bad;
	size_t i, len, len2;
	const char *value;

	if (sodium_init() == -1)
		return 1;
	for (i = 0; i < 2; i++) {
		randombytes_buf(priv.k[i].key, KEY_SIZE);
		strcpy(priv.k[i].id, i == 0 ? "new" : "old");
	}
	seal_public(priv.k[1].key, pub.k[0].key);
	strcpy(pub.k[0].id, "old");

	ok(seal_close(a, &pub, &here, VALUE, &box, &len) == RC_OK, "closed");
	ok(memcmp(box, "old:", 4) == 0, "says for which key");
	ok(memmem(box, len, "s3cr3t", 6) == NULL, "and not what it is");
	ok(seal_open(a, &priv, &here, box, len, &value) == RC_OK, "opened");
	is(value, VALUE, "the value");
	ok(seal_close(a, &pub, &here, VALUE, &again, &len2) == RC_OK &&
		len == len2 && memcmp(box, again, len) != 0,
	    "the same again looks different");
	for (i = 0; i < NITEMS(others); i++)
		ok(seal_open(a, &priv, &others[i], box, len, &value) ==
			RC_INVALID,
		    "not in another place, %zu", i);
	one.k[0] = priv.k[0];
	ok(seal_open(a, &one, &here, box, len, &value) == RC_NOT_FOUND,
	    "not without its key");
	strcpy(one.k[0].id, "old");
	ok(seal_open(a, &one, &here, box, len, &value) == RC_INVALID,
	    "nor with another of that name");
	for (i = 4; i < len; i++) {
		bad = arena_alloc(a, len);
		memcpy(bad, box, len);
		bad[i] ^= 1;
		if (seal_open(a, &priv, &here, bad, len, &value) != RC_INVALID)
			break;
	}
	ok(i == len, "nor if any byte was changed");
	for (i = 0; i < len; i++)
		if (seal_open(a, &priv, &here, box, i, &value) == RC_OK)
			break;
	ok(i == len, "nor if it was cut");
	ok(seal_close(a, &pub, &here, "", &box, &len) == RC_OK &&
		seal_open(a, &priv, &here, box, len, &value) == RC_OK &&
		*value == '\0',
	    "an empty value is one");
	arena_free(a);
	return done();
}

#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "seal.h"

struct secret {
	char *p;
	size_t n;
};

static void
wipe(void *p)
{
	struct secret *s = p;

	sodium_memzero(s->p, s->n);
}

char *
seal_room(struct arena *a, size_t n)
{
	struct secret *s = arena_alloc(a, sizeof(*s));

	s->p = arena_alloc(a, n + 1);
	s->n = n + 1;
	arena_defer(a, wipe, s);
	return s->p;
}

/* "project\0target\0name\0": what stands before the value. */
static size_t
head(const struct seal_place *at, char *p)
{
	const char *const parts[] = { at->project, at->target, at->name };
	size_t i, n = 0, len;

	for (i = 0; i < NITEMS(parts); i++, n += len) {
		len = strlen(parts[i]) + 1;
		if (p != NULL)
			memcpy(p + n, parts[i], len);
	}
	return n;
}

enum rc
seal_close(struct arena *a, const struct keys *keys,
    const struct seal_place *at, const char *value, unsigned char **box,
    size_t *len)
{
	size_t nid = strlen(keys->k[0].id) + 1, nhead = head(at, NULL);
	size_t n = nhead + strlen(value);
	char *text = seal_room(a, n);
	unsigned char *out;

	head(at, text);
	memcpy(text + nhead, value, n - nhead);
	out = arena_alloc(a, nid + n + crypto_box_SEALBYTES);
	memcpy(out, keys->k[0].id, nid - 1);
	out[nid - 1] = ':';
	if (crypto_box_seal(out + nid, (unsigned char *)text, n,
		keys->k[0].key) != 0)
		return RC_FAIL;
	*box = out;
	*len = nid + n + crypto_box_SEALBYTES;
	return RC_OK;
}

enum rc
seal_open(struct arena *a, const struct keys *keys, const struct seal_place *at,
    const unsigned char *box, size_t len, const char **value)
{
	const unsigned char *colon = memchr(box, ':', len), *key;
	unsigned char pub[KEY_SIZE];
	char id[sizeof(keys->k[0].id)] = "";
	size_t n, nhead = head(at, NULL);
	char *text, *want;

	if (colon == NULL || colon - box >= (int)sizeof(id))
		return RC_INVALID;
	memcpy(id, box, (size_t)(colon - box));
	if ((key = keys_find(keys, id)) == NULL)
		return RC_NOT_FOUND;
	len -= (size_t)(colon + 1 - box);
	if (len < crypto_box_SEALBYTES + nhead)
		return RC_INVALID;
	n = len - crypto_box_SEALBYTES;
	text = seal_room(a, n);
	want = seal_room(a, nhead);
	head(at, want);
	crypto_scalarmult_base(pub, key);
	if (crypto_box_seal_open((unsigned char *)text, colon + 1, len, pub,
		key) != 0 ||
	    sodium_memcmp(text, want, nhead) != 0 ||
	    memchr(text + nhead, '\0', n - nhead) != NULL)
		return RC_INVALID;
	*value = text + nhead;
	return RC_OK;
}

void
seal_public(const unsigned char secret[KEY_SIZE],
    unsigned char public_[KEY_SIZE])
{
	crypto_scalarmult_base(public_, secret);
}

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "share.h"

#define SETS 128
#define WAYS 8

struct shares {
	/* Nobody can choose with whom it falls on a set. */
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct place {
		uint64_t who, owed, at; /* so much, then */
	} sets[SETS][WAYS];
};

struct shares *
shares_new(void)
{
	struct shares *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatalx("out of memory");
	randombytes_buf(s->key, sizeof(s->key));
	return s;
}

void
shares_free(struct shares *s)
{
	free(s);
}

static uint64_t
owed(const struct place *p, uint64_t now)
{
	uint64_t paid = now > p->at ? (now - p->at) / SHARE_PART : 0;

	return p->owed > paid ? p->owed - paid : 0;
}

/* Its place, or the one whose holder owes the least. */
static struct place *
find(struct shares *s, const char *who, uint64_t now, uint64_t *key)
{
	unsigned char h[crypto_shorthash_BYTES];
	struct place *set, *least;
	size_t i;

	crypto_shorthash(h, (const unsigned char *)who, strlen(who), s->key);
	memcpy(key, h, sizeof(*key));
	set = least = s->sets[*key % SETS];
	for (i = 0; i < WAYS; i++) {
		if (set[i].who == *key)
			return &set[i];
		if (owed(&set[i], now) < owed(least, now))
			least = &set[i];
	}
	return least;
}

int
shares_may(struct shares *s, const char *who, uint64_t now)
{
	const struct place *p;
	uint64_t key;

	p = find(s, who, now, &key);
	return p->who != key || owed(p, now) < SHARE_BURST;
}

void
shares_charge(struct shares *s, const char *who, uint64_t ns, uint64_t now)
{
	struct place *p;
	uint64_t key;

	p = find(s, who, now, &key);
	*p = (struct place){ .who = key, .owed = owed(p, now) + ns, .at = now };
}

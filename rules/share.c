#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "share.h"

#define SETS 128
#define WAYS 8
#define TICK 1000000 /* ns */

struct shares {
	/* Nobody can choose with whom it falls on a set. */
	unsigned char key[crypto_shorthash_KEYBYTES];
	uint64_t paid, last; /* by each who owes, until then */
	struct place {
		uint64_t who, owed, at; /* so much, when so much was paid */
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
owed(const struct shares *s, const struct place *p)
{
	uint64_t paid = s->paid - p->at;

	return p->owed > paid ? p->owed - paid : 0;
}

/* How many are at their limit: it is seldom that they owe all of it. */
static uint64_t
many(const struct shares *s)
{
	const struct place *p = s->sets[0];
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < SETS * WAYS; i++)
		n += owed(s, &p[i]) > SHARE_BURST / 2;
	return n;
}

static void
pay(struct shares *s, uint64_t now)
{
	uint64_t part;

	if (now < s->last + TICK)
		return;
	part = SHARE_ALL * many(s);
	s->paid += (now - s->last) / (part > SHARE_PART ? part : SHARE_PART);
	s->last = now;
}

/* Its place, or the one whose holder owes the least. */
static struct place *
find(struct shares *s, const char *who, uint64_t *key)
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
		if (owed(s, &set[i]) < owed(s, least))
			least = &set[i];
	}
	return least;
}

int
shares_may(struct shares *s, const char *who, uint64_t now)
{
	const struct place *p;
	uint64_t key;

	pay(s, now);
	p = find(s, who, &key);
	return p->who != key || owed(s, p) < SHARE_BURST;
}

void
shares_charge(struct shares *s, const char *who, uint64_t ns, uint64_t now)
{
	struct place *p;
	uint64_t key;

	pay(s, now);
	p = find(s, who, &key);
	*p = (struct place){ .who = key,
		.owed = owed(s, p) + ns,
		.at = s->paid };
}

#include <stdlib.h>

#include "hash.h"
#include "log.h"
#include "share.h"

#define PLACES 1024

struct shares {
	struct place {
		unsigned long who;
		uint64_t owed, at; /* so much, then */
	} place[PLACES];
};

struct shares *
shares_new(void)
{
	struct shares *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatalx("out of memory");
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

int
shares_may(struct shares *s, const char *who, uint64_t now)
{
	unsigned long key = hash_of(who);
	const struct place *p = &s->place[key % PLACES];

	return p->who != key || owed(p, now) < SHARE_BURST;
}

void
shares_charge(struct shares *s, const char *who, uint64_t ns, uint64_t now)
{
	unsigned long key = hash_of(who);
	struct place *p = &s->place[key % PLACES];
	uint64_t owes = owed(p, now);

	if (p->who != key && owes > 0)
		return;
	*p = (struct place){ .who = key, .owed = owes + ns, .at = now };
}

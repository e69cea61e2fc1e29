#include <sys/mman.h>

#include "gens.h"
#include "hash.h"
#include "log.h"

#define SLOTS   4096
#define LONG    300   /* ms, for an answer */
#define FOREVER 20000 /* ms */

struct gens {
	unsigned int all; /* added to each */
	long down_until, asking;
	int heard;
	unsigned int slot[SLOTS];
};

long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct gens *
gens_new(void)
{
	void *p;

	p = mmap(NULL, sizeof(struct gens), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		fatal("mmap");
	return p;
}

/* Both only grow, so their sum changes whenever one of them does. */
unsigned int
gens_get(const struct gens *g, const char *key)
{
	return __atomic_load_n(&g->all, __ATOMIC_ACQUIRE) +
	    __atomic_load_n(&g->slot[hash_of(key) % SLOTS], __ATOMIC_ACQUIRE);
}

void
gens_bump(struct gens *g, const char *key)
{
	__atomic_add_fetch(&g->slot[hash_of(key) % SLOTS], 1, __ATOMIC_RELEASE);
}

void
gens_bump_all(struct gens *g)
{
	__atomic_add_fetch(&g->all, 1, __ATOMIC_RELEASE);
}

void
gens_set_down(struct gens *g, long until)
{
	__atomic_store_n(&g->down_until, until, __ATOMIC_RELAXED);
}

int
gens_heard(const struct gens *g)
{
	return __atomic_load_n(&g->heard, __ATOMIC_RELAXED);
}

void
gens_set_heard(struct gens *g, int heard)
{
	__atomic_store_n(&g->heard, heard, __ATOMIC_RELAXED);
}

void
gens_asking(struct gens *g, long since)
{
	__atomic_store_n(&g->asking, since, __ATOMIC_RELAXED);
}

int
gens_may_ask(const struct gens *g)
{
	long since = __atomic_load_n(&g->asking, __ATOMIC_RELAXED);
	long waiting = now_ms() - since;

	/* Whoever asked so long ago is no more. */
	if (since != 0 && waiting > LONG && waiting < FOREVER)
		return 0;
	return now_ms() >= __atomic_load_n(&g->down_until, __ATOMIC_RELAXED);
}

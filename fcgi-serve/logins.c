#include <sys/mman.h>

#include <arpa/inet.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "logins.h"
#include "places.h"

#define PLACES     16384
#define WINDOW     60 /* seconds */
#define COUNT_BITS 32
#define COUNT_MAX  0xffffffff
#define AT_ONCE    0  /* the byte whose holder checks a password, */
#define NEXT       1  /* and that of who waits for it */
#define CHECKS     60 /* of one team in a window, before others go first */
#define WHOM_SIZE  128
#define NET_SIZE   16

enum level { LEVEL_WIDE, LEVEL_NET, LEVEL_PROJECT, LEVEL__MAX };

/* clang-format off */
static const struct {
	size_t		bytes; /* of an address of IPv6 */
	int		each;  /* project is counted for itself */
	uint64_t	times; /* what may be tried of each project */
} levels[LEVEL__MAX] = {
	[LEVEL_WIDE]	= { 6, 0, 16 },
	[LEVEL_NET]	= { 8, 0, 4 },
	[LEVEL_PROJECT]	= { 8, 1, 1 },
};
/* clang-format on */

struct logins {
	unsigned char key[crypto_shorthash_KEYBYTES];
	/* Which window, and how many in it. */
	uint64_t place[LEVEL__MAX][PLACES];
	uint64_t checks[PLACES]; /* by team */
};

static int gate = -1;

struct logins *
logins_new(void)
{
	struct logins *l;

	if (sodium_init() == -1)
		fatalx("no source of random numbers");
	l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l == MAP_FAILED)
		fatal("mmap");
	gate = places_new("logins");
	randombytes_buf(l->key, sizeof(l->key));
	return l;
}

/*
 * Of an address its network, of so many bytes.  Whoever has one address of IPv6
 * has the other 2^64 of its network as well, and it costs little to have a
 * network of 48 bits.
 */
static void
net_of(const char *addr, size_t bytes, unsigned char net[NET_SIZE])
{
	struct in6_addr in6;
	struct in_addr in;

	memset(net, 0, NET_SIZE);
	if (inet_pton(AF_INET, addr, &in) == 1)
		memcpy(net, &in, sizeof(in));
	else if (inet_pton(AF_INET6, addr, &in6) == 1)
		memcpy(net, &in6, IN6_IS_ADDR_V4MAPPED(&in6) ? 16 : bytes);
}

static uint64_t *
place_of(const struct logins *l, uint64_t *places, const void *whom, size_t n)
{
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t at;

	crypto_shorthash(hash, whom, n, l->key);
	memcpy(&at, hash, sizeof(at));
	return &places[at % PLACES];
}

/* How often it was in this window. */
static uint64_t
counted(const uint64_t *place, uint64_t window)
{
	uint64_t was = __atomic_load_n(place, __ATOMIC_RELAXED);

	return was >> COUNT_BITS == window ? was & COUNT_MAX : 0;
}

/* How often it is by now in this window, counting this time. */
static uint64_t
count(uint64_t *place, uint64_t window)
{
	uint64_t was = __atomic_load_n(place, __ATOMIC_RELAXED), is;

	do {
		is = was >> COUNT_BITS == window ? was : window << COUNT_BITS;
		if ((is & COUNT_MAX) < COUNT_MAX)
			is++;
	} while (!__atomic_compare_exchange_n(place, &was, is, 0,
	    __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return is & COUNT_MAX;
}

static int
is_often(struct logins *l, enum level level, const char *project,
    const char *addr, uint64_t window, uint64_t per_minute, int counting)
{
	unsigned char whom[WHOM_SIZE];
	size_t n =
	    levels[level].each ? strnlen(project, WHOM_SIZE - NET_SIZE) : 0;
	uint64_t *place;

	memcpy(whom, project, n);
	net_of(addr, levels[level].bytes, whom + n);
	place = place_of(l, l->place[level], whom, n + NET_SIZE);
	return (counting ? count(place, window) : counted(place, window) + 1) >
	    per_minute * levels[level].times;
}

/* The widest first: what it refuses fills no place of the others. */
static enum rc
judge(struct logins *l, const char *project, const char *addr, int per_minute,
    int counting, int *retry_after)
{
	uint64_t now = (uint64_t)time(NULL), window = now / WINDOW;
	enum level level;

	for (level = 0; level < LEVEL__MAX; level++)
		if (is_often(l, level, project, addr, window,
			(uint64_t)per_minute, counting)) {
			*retry_after = (int)((window + 1) * WINDOW - now);
			return RC_LIMITED;
		}
	return RC_OK;
}

enum rc
logins_count(struct logins *l, const char *project, const char *addr,
    int per_minute, int *retry_after)
{
	return judge(l, project, addr, per_minute, 1, retry_after);
}

enum rc
logins_look(struct logins *l, const char *project, const char *addr,
    int per_minute, int *retry_after)
{
	return judge(l, project, addr, per_minute, 0, retry_after);
}

/* Whoever waits goes first. */
static int
enter_last(void)
{
	int entered;

	if (!place_take(gate, NEXT))
		return 0;
	entered = place_take(gate, AT_ONCE);
	place_leave(gate, NEXT);
	return entered;
}

static int
enter(void)
{
	int entered;

	if (place_take(gate, AT_ONCE))
		return 1;
	if (!place_take(gate, NEXT))
		return 0;
	entered = place_wait(gate, AT_ONCE);
	place_leave(gate, NEXT);
	return entered;
}

enum rc
logins_enter(struct logins *l, const char *team)
{
	uint64_t *checks = place_of(l, l->checks, team, strlen(team));
	uint64_t window = (uint64_t)time(NULL) / WINDOW;
	int often = counted(checks, window) >= CHECKS;

	if (!(often ? enter_last() : enter()))
		return RC_BUSY;
	count(checks, window);
	return RC_OK;
}

void
logins_leave(void)
{
	place_leave(gate, AT_ONCE);
}

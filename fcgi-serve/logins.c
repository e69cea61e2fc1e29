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

#define PLACES    4096
#define WINDOW    60 /* seconds */
#define AT_ONCE   0  /* the byte whose holder checks a password, */
#define NEXT      1  /* and that of who waits for it */
#define WHOM_SIZE 128
#define NET_SIZE  16

struct logins {
	unsigned char key[crypto_shorthash_KEYBYTES];
	uint64_t place[PLACES]; /* which window << 16, and how many in it */
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

/* Whoever has one address of IPv6 has the other 2^64 of its network as well. */
static void
net_of(const char *addr, unsigned char net[NET_SIZE])
{
	struct in6_addr in6;
	struct in_addr in;

	memset(net, 0, NET_SIZE);
	if (inet_pton(AF_INET, addr, &in) == 1)
		memcpy(net, &in, sizeof(in));
	else if (inet_pton(AF_INET6, addr, &in6) == 1)
		memcpy(net, &in6, IN6_IS_ADDR_V4MAPPED(&in6) ? 16 : 8);
}

enum rc
logins_count(struct logins *l, const char *project, const char *addr,
    int per_minute, int *retry_after)
{
	unsigned char whom[WHOM_SIZE], hash[crypto_shorthash_BYTES];
	uint64_t at, window, was, is, now = (uint64_t)time(NULL);
	size_t n = strnlen(project, WHOM_SIZE - NET_SIZE);

	memcpy(whom, project, n);
	net_of(addr, whom + n);
	crypto_shorthash(hash, whom, n + NET_SIZE, l->key);
	memcpy(&at, hash, sizeof(at));
	at %= PLACES;
	window = now / WINDOW;
	was = __atomic_load_n(&l->place[at], __ATOMIC_RELAXED);
	do {
		is = was >> 16 == window ? was : window << 16;
		if ((is & 0xffff) < 0xffff)
			is++;
	} while (!__atomic_compare_exchange_n(&l->place[at], &was, is, 0,
	    __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	if ((is & 0xffff) <= (uint64_t)per_minute)
		return RC_OK;
	*retry_after = (int)((window + 1) * WINDOW - now);
	return RC_LIMITED;
}

enum rc
logins_enter(void)
{
	int entered;

	if (place_take(gate, AT_ONCE))
		return RC_OK;
	if (!place_take(gate, NEXT))
		return RC_BUSY;
	entered = place_wait(gate, AT_ONCE);
	place_leave(gate, NEXT);
	return entered ? RC_OK : RC_BUSY;
}

void
logins_leave(void)
{
	place_leave(gate, AT_ONCE);
}

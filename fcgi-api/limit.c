/*
 * How often who may do what.
 *
 * Redis counts, for all workers together.  Without it each worker counts for
 * itself, in a table that cannot grow: two that fall on the same place share
 * it, so that a limit may come early and never too late.
 */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "log.h"

#define PLACES    4096
#define NET       8  /* bytes of an address of IPv6 that are one place */
#define NET_WIDE  6  /* and of what costs little to have all of */
#define WHOM_SIZE 16 /* bytes of hash that name somebody */

/* Settings by which the numbers can be changed. */
/* clang-format off */
static const struct {
	const char	*name;
	int		 seconds;
	size_t		 setting;
	int		 times; /* the setting */
} limits[LIMIT__MAX] = {
	[LIMIT_LOGIN]	 = { "login",	   60, offsetof(struct conf, login_rate),  1 },
	[LIMIT_LOGIN_IP] = { "login-ip",   60, offsetof(struct conf, login_rate),  4 },
	[LIMIT_LOGIN_WIDE] = { "login-wide", 60, offsetof(struct conf, login_rate), 16 },
	[LIMIT_SIGNUP]	 = { "signup",	 3600, offsetof(struct conf, signup_rate), 1 },
	[LIMIT_SIGNUP_WIDE] = { "signup-wide", 3600, offsetof(struct conf, signup_rate), 4 },
	[LIMIT_DEPLOY]	 = { "deploy",	 3600, offsetof(struct conf, deploy_rate), 1 },
	[LIMIT_UPLOAD]	 = { "upload",	 3600, offsetof(struct conf, deploy_rate), 4 },
};
/* clang-format on */

struct limiter {
	/* Else whoever computes it could fill the place of somebody else. */
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct {
		long long window;
		long long n;
	} at[LIMIT__MAX][PLACES];
};

struct limiter *
limiter_new(void)
{
	struct limiter *l = calloc(1, sizeof(*l));

	if (l == NULL)
		fatalx("out of memory");
	randombytes_buf(l->key, sizeof(l->key));
	return l;
}

static const char *
net_of(struct req *r, size_t bytes)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	if (inet_pton(AF_INET6, r->addr, &in6) != 1 ||
	    IN6_IS_ADDR_V4MAPPED(&in6))
		return r->addr;
	memset(&in6.s6_addr[bytes], 0, sizeof(in6.s6_addr) - bytes);
	inet_ntop(AF_INET6, &in6, text, sizeof(text));
	return arena_strndup(r->arena, text, strlen(text));
}

/*
 * Where a request comes from, as far as it is counted: whoever has one address
 * of IPv6 has the other 2^64 of its network as well.
 */
const char *
limit_net(struct req *r)
{
	return net_of(r, NET);
}

/* The same for what somebody may hold: a larger network is had for little. */
const char *
limit_wide(struct req *r)
{
	return net_of(r, NET_WIDE);
}

/* whom is hashed: addresses and the like are not for Redis to keep. */
static const char *
key_of(struct req *r, enum limit which, const char *whom, long long window,
    size_t *place)
{
	unsigned char hash[WHOM_SIZE], at[crypto_shorthash_BYTES];
	char hex[WHOM_SIZE * 2 + 1];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)whom,
	    strlen(whom), (const unsigned char *)limits[which].name,
	    strlen(limits[which].name) < crypto_generichash_KEYBYTES_MIN ?
		0 :
		strlen(limits[which].name));
	crypto_shorthash(at, hash, sizeof(hash), r->w->limiter->key);
	*place = ((size_t)at[0] << 8 | at[1]) % PLACES;
	return arena_printf(r->arena, "limit:%s:%s:%lld", limits[which].name,
	    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)), window);
}

/* RC_LIMITED, and when to come back, if that was once too often. */
enum rc
limit_count(struct req *r, enum limit which, const char *whom)
{
	int seconds = limits[which].seconds;
	long long now = time(NULL), window = now / seconds, n;
	const int *setting =
	    (const int *)((const char *)r->w->conf + limits[which].setting);
	struct limiter *l = r->w->limiter;
	const char *key;
	size_t place;

	key = key_of(r, which, whom, window, &place);
	if (bell_count(r->w->bell, key, seconds, &n) != RC_OK) {
		if (l->at[which][place].window != window) {
			l->at[which][place].window = window;
			l->at[which][place].n = 0;
		}
		n = ++l->at[which][place].n;
	}
	if (n <= (long long)*setting * limits[which].times)
		return RC_OK;
	r->retry_after = (int)((window + 1) * seconds - now);
	log_info("limit: %s", limits[which].name);
	return RC_LIMITED;
}

/*
 * The same by where it comes from.  The wider network first: it can fill so
 * many places of the narrower ones' and no more.
 */
enum rc
limit_from(struct req *r, enum limit which, enum limit wide)
{
	enum rc rc;

	if ((rc = limit_count(r, wide, limit_wide(r))) != RC_OK)
		return rc;
	return limit_count(r, which, limit_net(r));
}

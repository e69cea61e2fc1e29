#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "log.h"

void
host_new(struct hosts *h)
{
	memset(h, 0, sizeof(*h));
	h->known = calloc(HOST_KNOWN, sizeof(*h->known));
	h->host = calloc(HOST_MAX + 1, sizeof(*h->host));
	if (h->known == NULL || h->host == NULL)
		fatal("proxy");
}

static int
same(const union addr *a, const union addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return 0;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr,
		   sizeof(a->in6.sin6_addr)) == 0;
}

int
host_gave(const struct hosts *h, const char *name, const union addr *addr)
{
	size_t i;

	for (i = 0; i < h->nknown; i++)
		if (same(&h->known[i].addr, addr) &&
		    strcmp(h->known[i].name, name) == 0)
			return 1;
	return 0;
}

void
host_learn(struct hosts *h, const char *name, const union addr *addr)
{
	struct known *k = &h->known[h->next];

	if (host_gave(h, name, addr))
		return;
	k->addr = *addr;
	strcpy(k->name, name);
	h->next = (h->next + 1) % HOST_KNOWN;
	if (h->nknown < HOST_KNOWN)
		h->nknown++;
}

/* The name that was last asked for and got this address; "" for none. */
static const char *
name_of(const struct hosts *h, const union addr *addr)
{
	const struct known *k;
	size_t i;

	for (i = 1; i <= h->nknown; i++) {
		k = &h->known[(h->next + HOST_KNOWN - i) % HOST_KNOWN];
		if (same(&k->addr, addr))
			return k->name;
	}
	return "";
}

struct host *
host_count(struct hosts *h, const char *name, const union addr *addr)
{
	char text[ADDR_TEXT];
	struct host *t;
	size_t i;

	if (*name == '\0')
		name = name_of(h, addr);
	if (*name == '\0')
		name = addr_text(&addr->sa, text);
	for (i = 0; i < h->nhosts && i < HOST_MAX; i++)
		if (addr_port(&h->host[i].addr.sa) == addr_port(&addr->sa) &&
		    strcmp(h->host[i].name, name) == 0)
			break;
	t = &h->host[i];
	if (i == h->nhosts) {
		strcpy(t->name, i < HOST_MAX ? name : "others");
		t->addr = *addr;
		h->nhosts++;
	}
	t->connections++;
	return t;
}

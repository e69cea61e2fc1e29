/*
 * account -- what a build used its network for, of all its runs together.
 */
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "builderd.h"
#include "hosts.h"
#include "log.h"
#include "proxy/proxy.h"

#define MIB   ((uint64_t)1 << 20)
#define SHOWN 50 /* hosts in the log of the build */

struct account {
	struct account *next;
	char name[HOSTS_NAME], addr[ADDR_TEXT];
	unsigned long connections;
	unsigned long long out, in;
};

uint64_t
account_left(const struct build *b)
{
	uint64_t max = (uint64_t)b->conf->build_network_max * MIB, used = 0;
	const struct account *a;

	for (a = b->account; a != NULL; a = a->next)
		used += a->in + a->out;
	return used < max ? max - used : 0;
}

static const char *
port_of(const char *addr)
{
	const char *colon = strrchr(addr, ':');

	return colon != NULL ? colon : "";
}

static void
add(struct build *b, const struct account *new)
{
	struct account *a;

	for (a = b->account; a != NULL; a = a->next)
		if (strcmp(a->name, new->name) == 0 &&
		    strcmp(port_of(a->addr), port_of(new->addr)) == 0)
			break;
	if (a == NULL) {
		a = arena_alloc(b->arena, sizeof(*a));
		*a = *new;
		a->next = b->account;
		b->account = a;
		return;
	}
	a->connections += new->connections;
	a->out += new->out;
	a->in += new->in;
}

/* A proxy has read strangers' bytes: nothing is taken but what it should say.
 */
void
account_line(struct build *b, const char *line)
{
	struct account a = { 0 };

	if (strncmp(line, PROXY_SAYS, sizeof(PROXY_SAYS) - 1) == 0)
		journal_say(b->journal, "%s", line + 2);
	else if (strcmp(line, PROXY_SPENT) == 0)
		build_fail(b, "network",
		    "killed: more than %d MiB went through the network; the "
		    "server's operator can raise build-network-max in "
		    "slipway.conf",
		    b->conf->build_network_max);
	else if (sscanf(line, PROXY_WENT "%253s %55s %lu %llu %llu", a.name,
		     a.addr, &a.connections, &a.out, &a.in) == 5)
		add(b, &a);
	else
		log_warnx("not a line of a proxy");
}

static int
by_bytes(const void *p, const void *q)
{
	const struct account *a = *(const struct account *const *)p;
	const struct account *b = *(const struct account *const *)q;

	if (a->in + a->out != b->in + b->out)
		return a->in + a->out < b->in + b->out ? 1 : -1;
	return strcmp(a->name, b->name);
}

static const char *
amount(struct build *b, unsigned long long n)
{
	if (n >= 10 * MIB)
		return arena_printf(b->arena, "%llu MiB", n / MIB);
	return arena_printf(b->arena, "%llu KiB", (n + 1023) / 1024);
}

static void
tell(struct build *b, const struct account *a, int shown)
{
	const char *port = port_of(a->addr);
	size_t n = strlen(a->name), k = strlen(port);

	/* One without a name is called by its address, and has its port. */
	if (n > k && strcmp(a->name + n - k, port) == 0)
		port = "";
	log_info(
	    "network: %s%s at %s: connections %lu, bytes out %llu, in %llu",
	    a->name, port, a->addr, a->connections, a->out, a->in);
	if (shown)
		journal_say(b->journal,
		    "network: %s%s: %lu connection%s, %s in, %s out", a->name,
		    port, a->connections, a->connections == 1 ? "" : "s",
		    amount(b, a->in), amount(b, a->out));
}

void
account_say(struct build *b)
{
	struct account **all, *a;
	size_t i, n = 0;

	for (a = b->account; a != NULL; a = a->next)
		n++;
	all = arena_alloc(b->arena, (n + 1) * sizeof(struct account *));
	for (i = 0, a = b->account; a != NULL; a = a->next)
		all[i++] = a;
	qsort(all, n, sizeof(struct account *), by_bytes);
	for (i = 0; i < n; i++)
		tell(b, all[i], i < SHOWN);
	if (n > SHOWN)
		journal_say(b->journal, "network: and %zu hosts more",
		    n - SHOWN);
}

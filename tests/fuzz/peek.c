/*
 * builderd/proxy: the first bytes of a connection, and messages of the DNS.
 * Whatever they are, a name that comes out is one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builderd/proxy/message.c"
#include "builderd/proxy/peek.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int cond)
{
	if (!cond)
		abort();
}

static void
is_name(const char *name)
{
	char again[HOSTS_NAME];

	must(hosts_name(again, name, strlen(name)) == RC_OK &&
	    strcmp(again, name) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char out[PEEK_MAX + PEEK_CLOSE];
	const char *s = (const char *)data, *why;
	char name[HOSTS_NAME], again[HOSTS_NAME];
	union addr addrs[MESSAGE_ADDRS];
	struct message m;
	size_t head, len, i, k;

	if (n > PEEK_MAX)
		return 0;
	if (peek_tls(s, n, name, &why) == PEEK_NAME)
		is_name(name);
	if (peek_http(s, n, name, &why, &head) == PEEK_NAME) {
		is_name(name);
		must(head <= n);
		if (peek_once(s, head, out, &len, &why) == PEEK_NAME) {
			must(len <= head + PEEK_CLOSE);
			must(peek_http(out, len, again, &why, &head) ==
				PEEK_NAME &&
			    head == len && strcmp(name, again) == 0);
		}
	}
	if (message_question(&m, data, n) == RC_OK) {
		is_name(m.name);
		must(m.end <= n);
	}
	k = message_addresses(data, n, addrs, NITEMS(addrs));
	must(k <= NITEMS(addrs));
	for (i = 0; i < k; i++)
		must(addrs[i].sa.sa_family == AF_INET ||
		    addrs[i].sa.sa_family == AF_INET6);
	return 0;
}

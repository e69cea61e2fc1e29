#include <string.h>

#include "message.h"

#define INTERNET 1
#define RECORD   10 /* bytes of a record after its name */

static unsigned int
two(const unsigned char *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

enum rc
message_question(struct message *m, const void *buf, size_t n)
{
	const unsigned char *p = buf;
	size_t at = MESSAGE_HEAD, len = 0;
	char text[HOSTS_NAME];

	if (n < MESSAGE_HEAD || (p[2] & 0x78) != 0 || two(p + 4) != 1)
		return RC_INVALID;
	while (at < n && p[at] != 0) {
		if (p[at] > 63 || at + 1 + p[at] >= n ||
		    len + p[at] + 1 >= sizeof(text) ||
		    memchr(p + at + 1, '.', p[at]) != NULL)
			return RC_INVALID;
		memcpy(text + len, p + at + 1, p[at]);
		len += p[at];
		text[len++] = '.';
		at += 1 + (size_t)p[at];
	}
	if (at + 5 > n || two(p + at + 3) != INTERNET)
		return RC_INVALID;
	m->type = two(p + at + 1);
	m->end = at + 5;
	return hosts_name(m->name, text, len);
}

/* Past a name, which may end in a pointer; 0: it goes beyond. */
static size_t
past_name(const unsigned char *p, size_t n, size_t at)
{
	while (at < n && p[at] != 0) {
		if (p[at] >= 0xc0)
			return at + 2;
		if (p[at] > 63)
			return 0;
		at += 1 + (size_t)p[at];
	}
	return at + 1;
}

size_t
message_addresses(const void *buf, size_t n, union addr *to, size_t max)
{
	const unsigned char *p = buf;
	unsigned int answers, type;
	size_t at, size, k = 0;
	struct message m;

	if (message_question(&m, buf, n) != RC_OK || (p[2] & 0x80) == 0)
		return 0;
	at = m.end;
	for (answers = two(p + 6); answers > 0 && k < max; answers--) {
		at = past_name(p, n, at);
		if (at == 0 || at + RECORD > n)
			break;
		type = two(p + at);
		size = two(p + at + 8);
		at += RECORD;
		if (at + size > n)
			break;
		memset(&to[k], 0, sizeof(to[k]));
		if (type == MESSAGE_A && size == 4) {
			to[k].sa.sa_family = AF_INET;
			memcpy(&to[k++].in.sin_addr, p + at, size);
		} else if (type == MESSAGE_AAAA && size == 16) {
			to[k].sa.sa_family = AF_INET6;
			memcpy(&to[k++].in6.sin6_addr, p + at, size);
		}
		at += size;
	}
	return k;
}

/*
 * opener-msg -- what is said to slipway-open, checked; and asking it.
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "cage/cage-msg.h"
#include "log.h"
#include "opener.h"
#include "seal.h"

int
opener_bind_ok(const void *p, size_t n)
{
	static const char id[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	struct opener_bind b;

	if (n != sizeof(b))
		return 0;
	memcpy(&b, p, n);
	return strnlen(b.project, sizeof(b.project)) == 16 &&
	    strncmp(b.project, "prj_", 4) == 0 &&
	    strspn(b.project + 4, id) == 12;
}

/* A terminated string of what is printed? */
static int
plain(const char *s, size_t size)
{
	size_t i, n = strnlen(s, size);

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return 0;
	return n > 0 && n < size;
}

int
opener_ask_ok(const void *p, size_t n)
{
	struct opener_ask a;

	if (n < sizeof(a))
		return 0;
	memcpy(&a, p, sizeof(a));
	return a.size > 0 && a.size <= OPENER_BOX_MAX &&
	    n == sizeof(a) + a.size && plain(a.target, sizeof(a.target)) &&
	    plain(a.name, sizeof(a.name));
}

enum rc
opener_open(int sock, struct arena *a, const char *target, const char *name,
    const unsigned char *box, size_t len, const char **value)
{
	static unsigned char buf[sizeof(struct opener_ask) + OPENER_BOX_MAX];
	struct opener_ask ask;
	struct opener_reply r;
	size_t nfds = 0;
	enum rc rc;
	char *text;
	long n;

	if (strlen(target) >= sizeof(ask.target) ||
	    strlen(name) >= sizeof(ask.name) || len > OPENER_BOX_MAX)
		return RC_INVALID;
	memset(&ask, 0, sizeof(ask));
	ask.size = (uint32_t)len;
	memcpy(ask.target, target, strlen(target));
	memcpy(ask.name, name, strlen(name));
	memcpy(buf, &ask, sizeof(ask));
	memcpy(buf + sizeof(ask), box, len);
	if ((rc = cage_send(sock, buf, sizeof(ask) + len, NULL, 0)) != RC_OK)
		return rc;
	n = cage_recv(sock, buf, sizeof(buf), NULL, &nfds);
	if (n < (long)sizeof(r) || n > (long)sizeof(buf)) {
		log_warnx("slipway-open does not answer");
		return RC_FAIL;
	}
	memcpy(&r, buf, sizeof(r));
	if (r.size != (size_t)n - sizeof(r))
		return RC_FAIL;
	if (r.rc == RC_OK) {
		text = seal_room(a, r.size);
		memcpy(text, buf + sizeof(r), r.size);
		*value = text;
	}
	sodium_memzero(buf, (size_t)n);
	return (enum rc)r.rc;
}

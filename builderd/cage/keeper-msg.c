#include <string.h>
#include <unistd.h>

#include "cage-msg.h"
#include "log.h"

static int
image_ok(const char *s)
{
	size_t n = strnlen(s, CAGE_IMAGE_MAX);

	return n > 0 && n < CAGE_IMAGE_MAX &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789") == n;
}

int
keeper_request_ok(const void *p, size_t n)
{
	struct cage_request r;

	if (n != sizeof(r))
		return 0;
	memcpy(&r, p, n);
	if (r.what == CAGE_START)
		return (r.kind == CAGE_FETCH || r.kind == CAGE_BUILD) &&
		    image_ok(r.image);
	return r.what == CAGE_KILL || r.what == CAGE_SHOW ||
	    r.what == CAGE_FORGET || r.what == CAGE_KEEP_ONLY;
}

enum rc
cage_answer(int sock, enum cage_what what, enum rc rc, const struct cage_end *e,
    const int *fds, size_t nfds)
{
	struct cage_reply a;
	int some[CAGE_FDS];
	size_t i, n = 0;

	memset(&a, 0, sizeof(a));
	a.what = what;
	a.rc = rc;
	if (e != NULL)
		a.end = *e;
	for (i = 0; i < nfds; i++)
		if (fds[i] != -1) {
			a.fds |= 1U << i;
			some[n++] = fds[i];
		}
	return cage_send(sock, &a, sizeof(a), some, n);
}

enum rc
cage_answered(int sock, enum cage_what what, struct cage_end *e, int *fds,
    size_t nfds)
{
	struct cage_reply a;
	int got[CAGE_FDS];
	size_t i, k = 0, n = CAGE_FDS;
	long size;

	for (i = 0; i < nfds; i++)
		fds[i] = -1;
	size = cage_recv(sock, &a, sizeof(a), got, &n);
	if (size != sizeof(a) || a.what != (uint32_t)what) {
		log_warnx(size == 0 ? "the other end of a cage's line is gone" :
				      "not an answer");
		a.rc = RC_FAIL;
		a.fds = 0;
	}
	for (i = 0; i < nfds; i++)
		if ((a.fds & 1U << i) && k < n)
			fds[i] = got[k++];
	for (; k < n; k++)
		close(got[k]);
	if (e != NULL && a.rc == RC_OK)
		*e = a.end;
	return (enum rc)a.rc;
}

/* Messages to slipway-open: whatever passes is whole, terminated, in range. */
#include <stdlib.h>
#include <string.h>

#include "builderd/cage/cage-msg.h"
#include "builderd/opener.h"

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/* Asking it is another matter; no socket is spoken to here. */
enum rc
cage_send(int sock, const void *p, size_t n, const int *fds, size_t nfds)
{
	(void)sock, (void)p, (void)n, (void)fds, (void)nfds;
	return RC_FAIL;
}

long
cage_recv(int sock, void *p, size_t n, int *fds, size_t *nfds)
{
	(void)sock, (void)p, (void)n, (void)fds, (void)nfds;
	return -1;
}

#include "builderd/opener-msg.c"

static void
text(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	if (n == size || n == 0)
		abort();
	while (n-- > 0)
		if ((unsigned char)s[n] < ' ' || s[n] == 0x7f)
			abort();
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct opener_bind b;
	struct opener_ask a;

	if (opener_bind_ok(data, size)) {
		memcpy(&b, data, sizeof(b));
		text(b.project, sizeof(b.project));
		if (strlen(b.project) != 16 ||
		    strncmp(b.project, "prj_", 4) != 0)
			abort();
	}
	if (opener_ask_ok(data, size)) {
		memcpy(&a, data, sizeof(a));
		text(a.target, sizeof(a.target));
		text(a.name, sizeof(a.name));
		if (a.size == 0 || a.size > OPENER_BOX_MAX ||
		    a.size != size - sizeof(a))
			abort();
	}
	return 0;
}

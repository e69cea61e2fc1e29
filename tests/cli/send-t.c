/* cli/slipway/send: when what failed is tried again. */
#include <limits.h>

#include "cli/slipway/send.c"
#include "tap.h"

int
main(void)
{
	static const struct {
		int tries;
		long said, wait;
	} test[] = {
		{ 1, 0, 1 },
		{ 2, 0, 2 },
		{ 5, 0, 16 },
		{ TRIES_MAX - 1, 0, 16 },
		/* Nobody makes it shorter. */
		{ 1, 1, 1 },
		{ 4, 1, 8 },
		{ 5, 15, 16 },
		{ 5, -1, 16 },
		{ 1, 10, 10 },
		{ 5, 17, 17 },
		{ 1, WAIT_MAX + 1, WAIT_MAX },
		{ 1, LONG_MAX, WAIT_MAX },
	};
	struct item it = { .file = &(struct file){ .path = "x" } };
	struct lane l = { .item = &it, .reply.retry_after = 1 };
	struct sender s = { .cli = &(struct cli){ .arena = arena_new() } };
	struct timespec from, at = { 0 };
	int i;

	for (i = 0; i < (int)(sizeof(test) / sizeof(test[0])); i++)
		ok(pause_after(test[i].tries, test[i].said) == test[i].wait,
		    "try %d, the server says %ld: %ld s", test[i].tries,
		    test[i].said, test[i].wait);

	for (i = 1; i < TRIES_MAX; i++) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		if (again(&s, &l, CURLE_OK) != RC_OK || it.state != WAITING)
			break;
		at.tv_sec += it.not_before.tv_sec - from.tv_sec;
	}
	ok(i == TRIES_MAX && at.tv_sec >= 60,
	    "a server that says \"a second\" is waited for a minute");
	ok(again(&s, &l, CURLE_OK) == RC_BUSY, "and then no more");
	arena_free(s.cli->arena);
	return done();
}

/* rounds: each folder once, and none begins when the time is over. */
#include <stdlib.h>

#include "cli/slipwayctl/rounds.h"
#include "tap.h"

/* Two folders, as the database says them. */
static PGresult *
order(void)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc column = { .name = (char[]){ "folder" } };
	char first[] = "171", second[] = "0";

	if (!PQsetResultAttrs(res, 1, &column) ||
	    !PQsetvalue(res, 0, 0, first, 3) ||
	    !PQsetvalue(res, 1, 0, second, 1))
		abort();
	return res;
}

int
main(void)
{
	struct rounds r = { .order = order() };

	ok(rounds_next(&r) == 171 && rounds_next(&r) == 0, "in that order");
	ok(rounds_next(&r) == -1 && rounds_next(&r) == -1, "each once");

	r.next = 0;
	r.until = 1; /* long ago */
	ok(rounds_next(&r) == 171, "there is time for one");
	ok(rounds_next(&r) == -1, "and not for another");
	r.until = (time_t)1 << 40;
	ok(rounds_next(&r) == 0, "until there is");
	PQclear(r.order);
	return done();
}

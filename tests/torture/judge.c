/*
 * judge -- reads a history and says what it thinks of it, in TAP.
 *
 *	judge HISTORY FAULTS	fewer faults than that are none
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "tap.h"

int
main(int argc, char *argv[])
{
	struct verdict v[I__MAX];
	unsigned int faults, all, ready;
	FILE *f;
	int i;

	if (argc != 3 || (f = fopen(argv[1], "r")) == NULL)
		errx(2, "usage: judge HISTORY FAULTS");
	check(f, v);
	for (i = 0; i < I__MAX; i++) {
		ok(v[i].bad == 0 && v[i].seen > 0, "%s (%u looks)",
		    v[i].promise, v[i].seen);
		if (v[i].bad == 0)
			continue;
		printf("# %u times, first: %s\n", v[i].bad, v[i].why);
		check_explain(v[i].about);
	}
	check_totals(&all, &ready);
	ok(ready > all / 8, "of %u deployments %u got ready all the same", all,
	    ready);
	faults = check_faults(1);
	ok(faults >= (unsigned int)atoi(argv[2]), "%u faults", faults);
	return done();
}

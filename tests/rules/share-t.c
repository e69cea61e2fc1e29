/* Who has had too much of the processor, on a clock of the test's own. */
#include <stdio.h>
#include <string.h>

#include "share.h"
#include "tap.h"

#define MS 1000000ULL

int
main(void)
{
	struct shares *s = shares_new();
	uint64_t now = 5000 * MS, end;
	char name[32];
	int i, n, others = 0;

	ok(shares_may(s, "prj_a", now), "nobody has had anything");
	for (n = 0; shares_may(s, "prj_a", now) && n < 1000; n++)
		shares_charge(s, "prj_a", 20 * MS, now);
	ok(n == SHARE_BURST / (20 * MS), "a burst of a second");
	shares_charge(s, "prj_a", 20 * MS, now);
	ok(!shares_may(s, "prj_a", now + 199 * MS), "and not at once again");
	ok(shares_may(s, "prj_a", now + 201 * MS), "but as time goes by");
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "prj_%d", i);
		others += shares_may(s, name, now);
	}
	ok(others == 5000, "nobody else pays for it");

	/* As often as it may, each time at the highest cost. */
	for (i = n = 0; i < 10000; i++, now += 20 * MS)
		if (shares_may(s, "prj_a", now)) {
			shares_charge(s, "prj_a", 20 * MS, now);
			n++;
		}
	ok(n >= 990 && n <= 1060, "a tenth of the time: %d of 10000", n);
	ok(shares_may(s, "prj_a", now + 10 * (uint64_t)SHARE_BURST),
	    "all is forgiven in the end");
	shares_free(s);

	s = shares_new();
	for (i = 0; i < 7; i++) {
		snprintf(name, sizeof(name), "prj_%d", i);
		shares_charge(s, name, 2 * SHARE_BURST, now);
	}
	shares_charge(s, "prj_a", 20 * MS, now);
	ok(shares_may(s, "prj_a", now), "a few who owe cost nobody anything");
	for (i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "prj_%d", i);
		shares_charge(s, name, 20 * MS, now);
	}
	for (n = 0; shares_may(s, "prj_b", now) && n < 1000; n++)
		shares_charge(s, "prj_b", 20 * MS, now);
	ok(n <= (int)(SHARE_BURST / (20 * MS)),
	    "nor is one of very many forgotten");
	shares_free(s);

	/* A hundred at their limit, each asking again and again. */
	s = shares_new();
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "team_%d", i);
		shares_charge(s, name, SHARE_BURST, now);
	}
	end = now + 100000 * MS;
	for (i = n = others = 0; now < end; i++) {
		snprintf(name, sizeof(name), "team_%d", i % 100);
		if (shares_may(s, name, now)) {
			now += 20 * MS;
			shares_charge(s, name, 20 * MS, now);
			n++;
		} else
			now += MS / 20;
		others += !shares_may(s, "team_calm", now);
	}
	ok(n >= 2000 && n <= 2600, "together they have half: %d of 5000", n);
	ok(others == 0, "and whoever has had nothing is never refused");
	shares_free(s);
	return done();
}

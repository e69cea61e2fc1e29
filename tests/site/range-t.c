/* fcgi-serve: preconditions and ranges (SEC-86). */
#include "rc.h"
#include "site/cond.h"
#include "tap.h"

#define E     "\"abc\""
#define T     1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */
#define AT    "Tue, 14 Nov 2023 22:13:20 GMT"
#define LATER "Tue, 14 Nov 2023 22:13:21 GMT"
#define EARLY "Tue, 14 Nov 2023 22:13:19 GMT"

/* clang-format off */
static const struct {
	const char	*im, *inm, *ims, *ius;
	int		 want;
	const char	*what;
} conds[] = {
	{ "", "", "", "",		0,   "nothing" },
	{ "", E, "", "",		304, "the same" },
	{ "", "W/" E, "", "",		304, "weakly the same" },
	{ "", "\"x\", " E, "", "",	304, "in a list" },
	{ "", "\"x\",W/\"y\" ,\t" E " ,", "", "", 304, "in an odd list" },
	{ "", "*", "", "",		304, "any" },
	{ "", "\"x\"", "", "",		0,   "another" },
	{ "", "\"ab\"", "", "",		0,   "shorter" },
	{ "", "\"abcd\"", "", "",	0,   "longer" },
	{ "", "abc", "", "",		0,   "without quotes" },
	{ "", "\"abc", "", "",		0,   "half quoted" },
	{ "", "\"a,b\", " E, "", "",	304, "a comma within quotes" },
	{ "", "\"x\"", AT, "",		0,   "the tag counts, not the date" },
	{ "", E, EARLY, "",		304, "and the other way round" },
	{ "", "", AT, "",		304, "not modified since" },
	{ "", "", LATER, "",		304, "nor since then" },
	{ "", "", EARLY, "",		0,   "modified since" },
	{ "", "", "yesterday", "",	0,   "no date" },
	{ "", "", "Tuesday, 14-Nov-23 22:13:20 GMT", "", 304, "RFC 850" },
	{ "", "", "Tue Nov 14 22:13:20 2023", "", 304, "asctime" },
	{ E, "", "", "",		0,   "If-Match" },
	{ "*", "", "", "",		0,   "If-Match: any" },
	{ "\"x\"", "", "", "",		412, "If-Match: another" },
	{ "W/" E, "", "", "",		412, "If-Match is strong" },
	{ "\"x\"", E, "", "",		412, "If-Match comes first" },
	{ E, E, "", "",			304, "then If-None-Match" },
	{ "", "", "", EARLY,		412, "modified since" },
	{ "", "", "", AT,		0,   "unmodified since" },
	{ E, "", "", EARLY,		0,   "If-Match counts, not the date" },
};

static const struct {
	const char	*range, *if_range;
	uint64_t	 size;
	int		 want;
	uint64_t	 first, last;
} ranges[] = {
	{ "",			"", 100, 200, 0, 0 },
	{ "bytes=0-0",		"", 100, 206, 0, 0 },
	{ "bytes=0-9",		"", 100, 206, 0, 9 },
	{ "bytes=90-",		"", 100, 206, 90, 99 },
	{ "bytes=90-200",	"", 100, 206, 90, 99 },
	{ "bytes=-10",		"", 100, 206, 90, 99 },
	{ "bytes=-200",		"", 100, 206, 0, 99 },
	{ "bytes= 0-9 ",	"", 100, 206, 0, 9 },
	{ "bytes=0-99999999999999999999999", "", 100, 206, 0, 99 },
	{ "bytes=-99999999999999999999999", "", 100, 206, 0, 99 },
	{ "bytes=100-",		"", 100, 416, 0, 0 },
	{ "bytes=99999999999999999999999-", "", 100, 416, 0, 0 },
	{ "bytes=-0",		"", 100, 416, 0, 0 },
	{ "bytes=0-",		"", 0,	 416, 0, 0 },
	{ "bytes=-5",		"", 0,	 416, 0, 0 },
	{ "bytes=9-0",		"", 100, 416, 0, 0 },
	{ "bytes=0-1,3-4",	"", 100, 200, 0, 0 },
	{ "bytes=0-,0-,0-,0-",	"", 100, 200, 0, 0 },
	{ "bytes=",		"", 100, 200, 0, 0 },
	{ "bytes=-",		"", 100, 200, 0, 0 },
	{ "bytes=a-b",		"", 100, 200, 0, 0 },
	{ "bytes=+1-2",		"", 100, 200, 0, 0 },
	{ "bytes=0x1-2",	"", 100, 200, 0, 0 },
	{ "bytes 0-1",		"", 100, 200, 0, 0 },
	{ "lines=0-1",		"", 100, 200, 0, 0 },
	{ "bytes=0-9",		E, 100, 206, 0, 9 },
	{ "bytes=0-9",		"\"x\"", 100, 200, 0, 0 },
	{ "bytes=0-9",		"W/" E, 100, 200, 0, 0 },
	{ "bytes=0-9",		AT, 100, 206, 0, 9 },
	{ "bytes=0-9",		LATER, 100, 200, 0, 0 },
	{ "bytes=0-9",		EARLY, 100, 200, 0, 0 },
	{ "bytes=200-",		"\"x\"", 100, 200, 0, 0 },
};
/* clang-format on */

int
main(void)
{
	uint64_t first, last;
	char buf[40];
	size_t i;
	int got;

	for (i = 0; i < NITEMS(conds); i++) {
		struct conditions c = { conds[i].im, conds[i].inm, conds[i].ims,
			conds[i].ius, "", "" };

		ok(cond_check(&c, E, T) == conds[i].want, "%s", conds[i].what);
	}
	for (i = 0; i < NITEMS(ranges); i++) {
		struct conditions c = { "", "", "", "", ranges[i].if_range,
			ranges[i].range };

		first = last = 0;
		got = cond_range(&c, E, T, ranges[i].size, &first, &last);
		ok(got == ranges[i].want && first == ranges[i].first &&
			last == ranges[i].last,
		    "%s of %d: %d", ranges[i].range, (int)ranges[i].size, got);
	}
	date_format(T, buf);
	is(buf, AT, "a date");
	return done();
}

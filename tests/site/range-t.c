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
	{ "", " * ", "", "",		304, "any, with space" },
	{ "", "\"x\", *", "", "",	0,   "any is no part of a list" },
	{ "", "*, " E, "", "",		0,   "nor does one follow it" },
	{ "", "w/" E, "", "",		0,   "weak is a capital" },
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
	const char	*parts;
} ranges[] = {
	{ "",			"", 100, 200, "" },
	{ "bytes=0-0",		"", 100, 206, "0-0" },
	{ "bytes=0-9",		"", 100, 206, "0-9" },
	{ "Bytes=0-9",		"", 100, 206, "0-9" },
	{ "bytes=90-",		"", 100, 206, "90-99" },
	{ "bytes=90-200",	"", 100, 206, "90-99" },
	{ "bytes=-10",		"", 100, 206, "90-99" },
	{ "bytes=-200",		"", 100, 206, "0-99" },
	{ "bytes= 0-9 ",	"", 100, 206, "0-9" },
	{ "bytes=0-99999999999999999999999", "", 100, 206, "0-99" },
	{ "bytes=-99999999999999999999999", "", 100, 206, "0-99" },
	{ "bytes=100-",		"", 100, 416, "" },
	{ "bytes=99999999999999999999999-", "", 100, 416, "" },
	{ "bytes=-0",		"", 100, 416, "" },
	{ "bytes=0-",		"", 0,	 416, "" },
	{ "bytes=-5",		"", 0,	 416, "" },
	{ "bytes=9-0",		"", 100, 200, "" },
	{ "bytes=0-1,3-4",	"", 100, 206, "0-1,3-4" },
	{ "bytes= 0-1 ,\t3-4 ,,", "", 100, 206, "0-1,3-4" },
	{ "bytes=3-4,0-1,-1",	"", 100, 206, "3-4,0-1,99-99" },
	{ "bytes=0-1,200-",	"", 100, 206, "0-1" },
	{ "bytes=300-,200-",	"", 100, 416, "" },
	{ "bytes=0-1,4-3",	"", 100, 200, "" },
	{ "bytes=0-1,x",	"", 100, 200, "" },
	{ "bytes=0-1;3-4",	"", 100, 200, "" },
	{ "bytes=0-,0-,0-,0-",	"", 100, 200, "" },
	{ "bytes=0-5,5-9",	"", 100, 200, "" },
	{ "bytes=50-,-60",	"", 100, 200, "" },
	{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,"
	  "24-24,26-26,28-28,30-30", "", 100, 206,
	  "0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,"
	  "24-24,26-26,28-28,30-30" },
	{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,"
	  "24-24,26-26,28-28,30-30,32-32", "", 100, 200, "" },
	{ "bytes=",		"", 100, 200, "" },
	{ "bytes=,",		"", 100, 200, "" },
	{ "bytes=-",		"", 100, 200, "" },
	{ "bytes=a-b",		"", 100, 200, "" },
	{ "bytes=+1-2",		"", 100, 200, "" },
	{ "bytes=1 - 2",	"", 100, 200, "" },
	{ "bytes=0x1-2",	"", 100, 200, "" },
	{ "bytes 0-1",		"", 100, 200, "" },
	{ "lines=0-1",		"", 100, 200, "" },
	{ "bytes=0-9",		E, 100, 206, "0-9" },
	{ "bytes=0-9",		"\"x\"", 100, 200, "" },
	{ "bytes=0-9",		"W/" E, 100, 200, "" },
	{ "bytes=0-9",		AT, 100, 206, "0-9" },
	{ "bytes=0-9",		LATER, 100, 200, "" },
	{ "bytes=0-9",		EARLY, 100, 200, "" },
	{ "bytes=200-",		"\"x\"", 100, 200, "" },
};
/* clang-format on */

/* "0-9,20-29" */
static void
write_ranges(const struct ranges *rs, char *p, size_t size)
{
	size_t i;
	int n;

	*p = '\0';
	for (i = 0; i < rs->n; i++) {
		n = snprintf(p, size, "%s%d-%d", i > 0 ? "," : "",
		    (int)rs->at[i].first, (int)rs->at[i].last);
		p += n;
		size -= (size_t)n;
	}
}

int
main(void)
{
	struct ranges rs;
	char buf[256];
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

		got = cond_range(&c, E, T, ranges[i].size, &rs);
		write_ranges(&rs, buf, sizeof(buf));
		ok(got == ranges[i].want, "%s of %d: %d", ranges[i].range,
		    (int)ranges[i].size, got);
		if (got == 206)
			is(buf, ranges[i].parts, "its parts");
	}
	date_format(T, buf);
	is(buf, AT, "a date");
	return done();
}

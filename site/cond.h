/*
 * cond -- conditional requests and ranges (RFC 9110, sections 13 and 14).
 */
#ifndef COND_H
#define COND_H

#include <stdint.h>
#include <time.h>

/* Headers as they came; "" if they did not. */
struct conditions {
	const char *if_match, *if_none_match;
	const char *if_modified_since, *if_unmodified_since;
	const char *if_range, *range;
};

/* Is there any? */
int cond_any(const struct conditions *);

/* 0 to go on, or 304, or 412.  etag with its quotes; modified 0: unknown. */
int cond_check(const struct conditions *, const char *etag, time_t modified);

#define RANGES_MAX 16

/*
 * Those that are asked for and there, in the order asked for.  plain: one, and
 * spelled so that every server understands it.
 */
struct ranges {
	size_t n;
	int plain;
	struct range {
		uint64_t first, last;
	} at[RANGES_MAX];
};

/*
 * 206 with at least one range; 416; or 200 for all of it: no range is asked
 * for, too many, some that overlap, none we understand, or of another version.
 */
int cond_range(const struct conditions *, const char *etag, time_t modified,
    uint64_t size, struct ranges *);

/* -1: not a date of any form that HTTP knows. */
time_t date_parse(const char *);
void date_format(time_t, char buf[40]);

#endif

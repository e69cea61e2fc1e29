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

/* 0 to go on, or 304, or 412.  etag with its quotes; modified 0: unknown. */
int cond_check(const struct conditions *, const char *etag, time_t modified);

/*
 * 206 with one range of the body, from first to last; 416; or 200 for all of
 * it: no range is asked for, several, none we understand, or of another
 * version.
 */
int cond_range(const struct conditions *, const char *etag, time_t modified,
    uint64_t size, uint64_t *first, uint64_t *last);

/* -1: not a date of any form that HTTP knows. */
time_t date_parse(const char *);
void date_format(time_t, char buf[40]);

#endif

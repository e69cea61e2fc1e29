/*
 * confine -- a process, and all that it starts, is left with some system calls.
 *
 * One that this machine does not have is no error in a list.  Under a
 * sanitizer, which calls what no list has, nothing is done.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>

/* Those with arguments like that; for one call there may be several. */
struct confine_some {
	int call;
	unsigned int n;
	struct scmp_arg_cmp arg[2];
};

/* clang-format off */
#define CONFINE_IS(i, v) { .arg = (i), .op = SCMP_CMP_EQ, .datum_a = (v) }
/* Of the bits in mask, those in v are set, and no others. */
#define CONFINE_BITS(i, mask, v) \
	{ .arg = (i), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask), \
	  .datum_b = (v) }
/* clang-format on */

struct confine {
	uint32_t listed, others; /* what becomes of either: SCMP_ACT_... */
	const int *calls;
	size_t ncalls;
	const struct confine_some *some;
	size_t nsome;
};

/* Does not return without a filter. */
void confine(const struct confine *);

#endif

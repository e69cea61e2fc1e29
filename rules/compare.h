/*
 * compare -- conditions on numbers.
 *
 * Written as comparisons with decimal numbers, such as ">=1 <10.5", all of
 * which must hold.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include <stddef.h>

#define COMPARE_DIGITS 40 /* of a value; what is longer is no number */

/* Does the value fit?  What is no number never does. */
int compare_fits(const char *comparisons, const char *value, size_t);

#endif

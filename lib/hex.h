/*
 * hex -- digits as they stand in escapes.
 */
#ifndef HEX_H
#define HEX_H

/* The value of a digit, in either case; -1: it is none. */
int hex_digit(char);

#endif

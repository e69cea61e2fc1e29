/*
 * colour -- where a line of a log has which colours.
 *
 * The text of a line is plain; beside it are the colours that the program set,
 * as JSON: [[offset, "31;1"], ...], the offsets in characters.  A colour ends
 * with its line.
 */
#ifndef COLOUR_H
#define COLOUR_H

#include <stddef.h>

#include "text.h"

#define COLOURS     64 /* of a line; more are dropped */
#define COLOUR_JSON (COLOURS * (TEXT_CODES + sizeof("[1234567890,\"\"],")) + 3)

struct colours {
	unsigned int n;
	struct {
		size_t at; /* bytes */
		char codes[TEXT_CODES + 1];
	} colour[COLOURS];
};

/* From the byte of that number on.  They come in order. */
void colour_add(struct colours *, size_t at, const char *codes);

/* The line begins anew at that byte. */
void colour_cut(struct colours *, size_t at);

/* Those of a text of n bytes, in a buffer of COLOUR_JSON; NULL for none. */
const char *colour_json(const struct colours *, const char *, size_t n,
    char *out);

#endif

/*
 * line -- lines and words of a file, as JavaScript divides them.
 */
#ifndef LINE_H
#define LINE_H

#include "table.h"

struct lines {
	const char *at, *end;
	/* Of the line that was read last: from 1; does white space begin it? */
	unsigned int number;
	int indented;
};

/* The next line that is not empty and no comment, trimmed; 0 at the end. */
int line_next(struct lines *, struct str *);
/* Takes the next word from what is left of a line; 0 at its end. */
int line_word(struct str *left, struct str *word);
void line_trim(struct str *);
/* Bytes of white space at s, of n: 0 if it is none. */
size_t line_space(const char *s, size_t n);

/*
 * NULL, or what is wrong with a line as it is: too long, no UTF-8, or with
 * control characters.
 */
#define LINE_MAX_BYTES 4096
const char *line_fault(struct str);

#endif

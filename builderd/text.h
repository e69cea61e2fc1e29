/*
 * text -- what a stranger's program printed, made fit to be shown.
 *
 * Escape sequences go, and of those that set colours the numbers are told;
 * control characters, bytes that are not UTF-8 and marks that turn the
 * direction of reading become U+FFFD.  Byte by byte, so that it does not matter
 * where a read ended.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

#define TEXT_GROWS 6  /* most bytes that one byte, or an end, can become */
#define TEXT_CODES 32 /* bytes of a colour; longer ones are dropped */

struct text {
	unsigned char state;
	unsigned char have, need; /* of a UTF-8 sequence */
	unsigned char seq[4];
	unsigned char colour; /* the last byte completed one */
	unsigned char ncodes;
	char codes[TEXT_CODES + 1];
};

/* Puts what the byte completes into out, which has room; how many bytes. */
size_t text_byte(struct text *, unsigned char, char *out);

/*
 * After text_byte(): the numbers of the colour (CSI ... m) that the byte has
 * completed, digits, ';' and ':' alone; or NULL.
 */
const char *text_colour(struct text *);

/* How many of the next bytes text_byte() would give back as they are. */
size_t text_run(const struct text *, const char *, size_t n);

/* The line ends here: what was half there is not text. */
size_t text_end(struct text *, char *out);

/* Where to divide a text of n bytes so that no character is cut: <= at. */
size_t text_cut(const char *, size_t n, size_t at);

#endif

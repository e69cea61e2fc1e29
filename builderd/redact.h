/*
 * redact -- keeps secrets out of what is shown.
 *
 * Knows the values of a project's variables, and how they look in base64, in
 * a URL and in JSON, and finds all of them in one pass; and it knows the looks
 * of credentials that are nobody's variable (secret.h).  Values shorter than
 * eight bytes are not secrets: to hide them would hide the log.
 */
#ifndef REDACT_H
#define REDACT_H

#include "arena.h"

#define REDACT_MIN 8
#define REDACTED   "[secret]" /* no longer than what it stands for */

struct redactor;

struct redactor *redact_new(struct arena *);
/* The name is kept, not copied. */
void redact_add(struct redactor *, const char *name, const char *value);

/* How long the longest form is; 0 when there is nothing to hide. */
size_t redact_longest(const struct redactor *);

/*
 * Removes what it knows from the first n bytes of text, in place; the new
 * length.  *cut comes in as a place where the text is to be divided (or n) and
 * goes out as one that divides no secret, in the new text.
 */
size_t redact(const struct redactor *, char *text, size_t n, size_t *cut);

/* The name of a variable whose value is in there, or NULL. */
const char *redact_find(const struct redactor *, const char *, size_t n);

#endif

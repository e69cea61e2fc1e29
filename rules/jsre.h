/*
 * jsre -- regular expressions of JavaScript that mean the same to PCRE2.
 *
 * vercel.json's are JavaScript's.  Where the two read the same text in two
 * ways, or only PCRE2 knows it at all, such as recursion, it is refused rather
 * than guessed at.
 */
#ifndef JSRE_H
#define JSRE_H

#include "arena.h"

/* What is wrong with it, in the arena; or NULL. */
const char *jsre_fault(struct arena *, const char *, size_t);

#endif

/*
 * form -- one field of a form that a browser has sent.
 */
#ifndef FORM_H
#define FORM_H

#include "arena.h"

#define FORM_MAX 8192 /* bytes of a whole form */

/* Decoded; NULL if it is not there, there twice, or cannot be read. */
const char *form_field(struct arena *, const char *form, const char *name);

#endif

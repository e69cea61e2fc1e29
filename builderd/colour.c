#include <stdio.h>
#include <string.h>

#include "colour.h"

void
colour_add(struct colours *c, size_t at, const char *codes)
{
	if (c->n == COLOURS)
		return;
	c->colour[c->n].at = at;
	snprintf(c->colour[c->n++].codes, sizeof(c->colour->codes), "%s",
	    codes);
}

void
colour_cut(struct colours *c, size_t at)
{
	unsigned int i, n = 0;

	for (i = 0; i < c->n; i++)
		if (c->colour[i].at >= at) {
			c->colour[n] = c->colour[i];
			c->colour[n++].at -= at;
		}
	c->n = n;
}

const char *
colour_json(const struct colours *c, const char *text, size_t n, char *out)
{
	size_t byte = 0, chars = 0, len = 0;
	unsigned int i;

	/* What begins at the end colours nothing. */
	for (i = 0; i < c->n && c->colour[i].at < n; i++) {
		for (; byte < c->colour[i].at; byte++)
			chars += (text[byte] & 0xc0) != 0x80;
		len += (size_t)sprintf(out + len, "%s[%zu,\"%s\"]",
		    i == 0 ? "[" : ",", chars, c->colour[i].codes);
	}
	if (i == 0)
		return NULL;
	memcpy(out + len, "]", 2);
	return out;
}

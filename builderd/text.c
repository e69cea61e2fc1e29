#include <string.h>

#include "text.h"

enum { PLAIN, ESCAPE, INTER, CSI, STRING, STRING_ESCAPE };

static size_t
bad(char *out)
{
	memcpy(out, "\357\277\275", 3);
	return 3;
}

/* Neither a control character nor a mark that turns the text round. */
static int
harmless(unsigned int c)
{
	return !(c < 0xa0 || c == 0x61c || c == 0x200e || c == 0x200f ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb));
}

static size_t
sequence(struct text *t, char *out)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int c = t->seq[0] & (0x7f >> t->need), i;

	for (i = 1; i < t->need; i++)
		c = c << 6 | (t->seq[i] & 0x3f);
	t->have = 0;
	if (c < least[t->need] || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff) || !harmless(c))
		return bad(out);
	memcpy(out, t->seq, t->need);
	return t->need;
}

static size_t
plain(struct text *t, unsigned char c, char *out)
{
	if (c == 0x1b) {
		t->state = ESCAPE;
		return 0;
	}
	if (c < 0x80) {
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return bad(out);
		*out = (char)c;
		return 1;
	}
	if (c < 0xc2 || c > 0xf4)
		return bad(out);
	t->need = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	t->seq[0] = c;
	t->have = 1;
	return 0;
}

/* A byte between CSI and its end; what no colour has makes it too long. */
static void
parameter(struct text *t, unsigned char c)
{
	if (c >= '0' && c <= ';' && t->ncodes < TEXT_CODES)
		t->codes[t->ncodes++] = (char)c;
	else
		t->ncodes = TEXT_CODES + 1;
}

size_t
text_byte(struct text *t, unsigned char c, char *out)
{
	size_t n = 0;

	switch (t->state) {
	case ESCAPE:
		t->state = c == '['                         ? CSI :
		    strchr("]PX^_", c) != NULL && c != '\0' ? STRING :
		    c >= ' ' && c <= '/'                    ? INTER :
							      PLAIN;
		t->colour = t->ncodes = 0;
		return 0;
	case INTER:
		if (c < ' ' || c > '/')
			t->state = PLAIN;
		return 0;
	case CSI:
		if (c >= ' ' && c <= '?') {
			parameter(t, c);
			return 0;
		}
		t->state = PLAIN;
		t->colour = c == 'm' && t->ncodes <= TEXT_CODES;
		return 0;
	case STRING:
		t->state = c == '\a' ? PLAIN :
		    c == 0x1b        ? STRING_ESCAPE :
				       STRING;
		return 0;
	case STRING_ESCAPE:
		t->state = c == '\\' ? PLAIN : STRING;
		return 0;
	}
	if (t->have > 0) {
		if ((c & 0xc0) == 0x80) {
			t->seq[t->have++] = c;
			return t->have == t->need ? sequence(t, out) : 0;
		}
		t->have = 0;
		n = bad(out);
	}
	return n + plain(t, c, out + n);
}

const char *
text_colour(struct text *t)
{
	if (!t->colour)
		return NULL;
	t->colour = 0;
	t->codes[t->ncodes] = '\0';
	return t->ncodes > 0 ? t->codes : "0";
}

size_t
text_run(const struct text *t, const char *s, size_t n)
{
	size_t i;

	if (t->state != PLAIN || t->have > 0)
		return 0;
	for (i = 0; i < n; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') ||
		    (unsigned char)s[i] >= 0x7f)
			break;
	return i;
}

size_t
text_end(struct text *t, char *out)
{
	size_t n = t->have > 0 ? bad(out) : 0;

	memset(t, 0, sizeof(*t));
	return n;
}

size_t
text_cut(const char *s, size_t n, size_t at)
{
	if (at >= n)
		return n;
	while (at > 0 && (s[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/*
 * clean -- foreign text, made safe for a terminal.
 *
 * A build log is written by whoever wrote the site's dependencies.  Nothing
 * in it may move the cursor, set a title, write the clipboard or turn the
 * direction of the text.  Colours (CSI ... m) are dropped without a trace;
 * every other control character, C1 control, direction mark and byte that is
 * not UTF-8 is shown as its code.  A tab stays.
 */
#include <string.h>

#include "slipway.h"

/* Length of a valid UTF-8 sequence at s, and its code point; else 0. */
size_t
clean_decode(const char *text, size_t n, unsigned *out)
{
	const unsigned char *s = (const unsigned char *)text;
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;
	unsigned u;

	if (s[0] < 0x80) {
		*out = s[0];
		return 1;
	}
	len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || len > n)
		return 0;
	u = s[0] & (0x7fU >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		u = u << 6 | (s[i] & 0x3fU);
	}
	if (u < least[len] || u > 0x10ffff || (u >= 0xd800 && u <= 0xdfff))
		return 0;
	*out = u;
	return len;
}

bool
clean_hostile(unsigned u)
{
	/* clang-format off */
	static const struct { unsigned from, to; } bad[] = {
		{ 0x00, 0x08 }, { 0x0a, 0x1f },	/* C0 but tab */
		{ 0x7f, 0x9f },			/* DEL, C1 */
		{ 0x061c, 0x061c }, { 0x200e, 0x200f },
		{ 0x2028, 0x202e }, { 0x2066, 0x2069 },	/* direction, lines */
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
		{ 0xe0000, 0xe007f },		/* invisible tags */
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < NITEMS(bad); i++)
		if (u >= bad[i].from && u <= bad[i].to)
			return true;
	return false;
}

/* Length of a colour sequence at s, else 0. */
static size_t
colour(const unsigned char *s, size_t n)
{
	size_t i;

	if (n < 3 || s[0] != 0x1b || s[1] != '[')
		return 0;
	for (i = 2; i < n && strchr("0123456789;:", s[i]) != NULL; i++)
		if (s[i] == '\0')
			return 0;
	return i < n && s[i] == 'm' ? i + 1 : 0;
}

char *
clean_n(struct arena *a, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	char *out = arena_alloc(a, n * 8 + 1), *p = out;
	size_t i, len;
	unsigned u = 0;

	while (n > 0 && (s[n - 1] == '\r' || s[n - 1] == '\n'))
		n--;
	for (i = 0; i < n; i += len) {
		if ((len = colour(s + i, n - i)) > 0)
			continue;
		if ((len = clean_decode(text + i, n - i, &u)) == 0) {
			p += sprintf(p, "\\x%02x", s[i]);
			len = 1;
		} else if (!clean_hostile(u)) {
			memcpy(p, s + i, len);
			p += len;
		} else if (u < 0x80)
			p += sprintf(p, "\\x%02x", u);
		else
			p += sprintf(p, "\\u%04x", u);
	}
	*p = '\0';
	return out;
}

char *
clean(struct cli *c, const char *text)
{
	return clean_n(c->arena, text, strlen(text));
}

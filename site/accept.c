#include <string.h>
#include <strings.h>

#include "accept.h"

const struct encoding encodings[MANIFEST__ENCODINGS] = {
	[MANIFEST_BR] = { "br", "br" },
	[MANIFEST_ZSTD] = { "zstd", "zst" },
	[MANIFEST_GZIP] = { "gzip", "gz" },
};

#define SPACE " \t"
#define ALL   ((1u << MANIFEST__ENCODINGS) - 1)

/* Of an element's parameters: is it ";q=0" by any spelling? */
static int
refused(const char *s, const char *end)
{
	const char *q;

	while ((s = memchr(s, ';', (size_t)(end - s))) != NULL) {
		s += 1 + strspn(s + 1, SPACE);
		if (end - s < 2 || (*s | 0x20) != 'q' || s[1] != '=')
			continue;
		for (q = s + 2; q < end && (*q == '0' || *q == '.'); q++)
			;
		return q == end || *q < '1' || *q > '9';
	}
	return 0;
}

static unsigned int
bit_of(const char *s, size_t n)
{
	unsigned int i;

	if (n == 6 && strncasecmp(s, "x-gzip", n) == 0)
		return 1u << MANIFEST_GZIP;
	for (i = 0; i < MANIFEST__ENCODINGS; i++)
		if (strlen(encodings[i].coding) == n &&
		    strncasecmp(s, encodings[i].coding, n) == 0)
			return 1u << i;
	return 0;
}

unsigned int
accept_encodings(const char *s)
{
	unsigned int yes = 0, no = 0, bit;
	const char *end;
	int any = 0;
	size_t n;

	for (;; s = end) {
		s += strspn(s, SPACE ",");
		if (*s == '\0')
			break;
		end = s + strcspn(s, ",");
		n = strcspn(s, SPACE ";,");
		bit = bit_of(s, n);
		if (n == 1 && *s == '*')
			any = !refused(s + n, end);
		else if (refused(s + n, end))
			no |= bit;
		else
			yes |= bit;
	}
	return (yes | (any ? ALL : 0)) & ~no;
}

enum manifest_encoding
accept_choose(unsigned int accepted, const struct manifest_file *f)
{
	enum manifest_encoding best = MANIFEST__ENCODINGS;
	uint64_t size = f->size;
	unsigned int i;

	for (i = 0; i < MANIFEST__ENCODINGS; i++)
		if (accepted & 1u << i && f->encoded[i] != 0 &&
		    f->encoded[i] < size) {
			size = f->encoded[i];
			best = (enum manifest_encoding)i;
		}
	return best;
}

#include <string.h>

#include "pointer.h"

#define HEAD "version https://git-lfs.github.com/spec/v1\n"
#define OID  "oid sha256:"
#define SIZE "size "

/* A line of that name: its value, which n is the length of. */
static const char *
value(const char *s, const char *end, const char *name, size_t *n)
{
	size_t len = strlen(name);
	const char *nl;

	for (; s < end && (nl = memchr(s, '\n', (size_t)(end - s))) != NULL;
	     s = nl + 1)
		if ((size_t)(nl - s) > len && memcmp(s, name, len) == 0) {
			*n = (size_t)(nl - s) - len;
			return s + len;
		}
	return NULL;
}

int
pointer_parse(struct pointer *p, const char *s, size_t n)
{
	const char *end = s + n, *v;
	size_t i, len;

	if (n > POINTER_MAX || n < sizeof(HEAD) ||
	    memcmp(s, HEAD, sizeof(HEAD) - 1) != 0)
		return 0;
	s += sizeof(HEAD) - 1;
	if ((v = value(s, end, OID, &len)) == NULL || len != 64)
		return 0;
	for (i = 0; i < 64; i++)
		if (memchr("0123456789abcdef", v[i], 16) == NULL)
			return 0;
	memcpy(p->oid, v, 64);
	p->oid[64] = '\0';
	if ((v = value(s, end, SIZE, &len)) == NULL || len > 15)
		return 0;
	for (p->size = 0, i = 0; i < len; i++) {
		if (v[i] < '0' || v[i] > '9')
			return 0;
		p->size = p->size * 10 + (uint64_t)(v[i] - '0');
	}
	return 1;
}

/* A hello of TLS, made by hand. */
#ifndef CAGE_HELLO_H
#define CAGE_HELLO_H

#include <stddef.h>
#include <string.h>

#define HELLO_SIZE 1024

static inline void
hello_put(unsigned char *p, size_t *n, unsigned int v, int bytes)
{
	while (bytes-- > 0)
		p[(*n)++] = (unsigned char)(v >> (8 * bytes));
}

static inline void
hello_name(unsigned char *p, size_t *n, const char *name)
{
	size_t k = strlen(name);

	hello_put(p, n, 0, 2); /* server_name */
	hello_put(p, n, (unsigned int)k + 5, 2);
	hello_put(p, n, (unsigned int)k + 3, 2);
	hello_put(p, n, 0, 1);
	hello_put(p, n, (unsigned int)k, 2);
	memcpy(p + *n, name, k);
	*n += k;
}

/*
 * With a name (or two, or none) and perhaps one more extension, as records of
 * at most so many bytes.
 */
static inline size_t
hello_make(char *out, const char *name, const char *second, unsigned int more,
    size_t record)
{
	unsigned char ext[HELLO_SIZE], h[HELLO_SIZE], *o = (void *)out;
	size_t e = 0, n = 0, i, k, size = 0;

	hello_put(ext, &e, 0x0017, 2); /* one before */
	hello_put(ext, &e, 0, 2);
	if (name != NULL)
		hello_name(ext, &e, name);
	if (second != NULL)
		hello_name(ext, &e, second);
	if (more != 0) {
		hello_put(ext, &e, more, 2);
		hello_put(ext, &e, 3, 2);
		hello_put(ext, &e, 0x010203, 3);
	}
	hello_put(h, &n, 1, 1);
	hello_put(h, &n,
	    (unsigned int)(2 + 32 + 1 + 32 + 2 + 4 + 1 + 1 + 2 + e), 3);
	hello_put(h, &n, 0x0303, 2);
	memset(h + n, 'r', 32);
	n += 32;
	hello_put(h, &n, 32, 1);
	memset(h + n, 's', 32);
	n += 32;
	hello_put(h, &n, 4, 2);
	hello_put(h, &n, 0x13011302, 4);
	hello_put(h, &n, 0x0100, 2);
	hello_put(h, &n, (unsigned int)e, 2);
	memcpy(h + n, ext, e);
	n += e;
	for (i = 0; i < n; i += k) {
		k = n - i < record ? n - i : record;
		hello_put(o, &size, 0x160301, 3);
		hello_put(o, &size, (unsigned int)k, 2);
		memcpy(o + size, h + i, k);
		size += k;
	}
	return size;
}

#endif

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "marks.h"

void
marks_add(struct marks *m, const unsigned char hash[32])
{
	if (m->n == m->room) {
		m->room = m->room > 0 ? m->room * 2 : 4096;
		m->hashes =
		    reallocarray(m->hashes, m->room, sizeof(*m->hashes));
		if (m->hashes == NULL)
			fatalx("out of memory");
	}
	memcpy(m->hashes[m->n++], hash, 32);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

void
marks_sort(struct marks *m)
{
	if (m->n > 0)
		qsort(m->hashes, m->n, sizeof(*m->hashes), compare);
}

int
marks_has(const struct marks *m, const char *name)
{
	unsigned char hash[32];

	if (sodium_hex2bin(hash, sizeof(hash), name, 64, NULL, NULL, NULL) != 0)
		return 1;
	return m->n > 0 &&
	    bsearch(hash, m->hashes, m->n, sizeof(*m->hashes), compare) != NULL;
}

void
marks_free(struct marks *m)
{
	free(m->hashes);
	memset(m, 0, sizeof(*m));
}

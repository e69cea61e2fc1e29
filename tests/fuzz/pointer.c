/* fetcher/pointer: a hash is one, for it becomes a name. */
#include <stdint.h>
#include <stdlib.h>

#include "builderd/fetcher/pointer.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pointer p;

	if (!pointer_parse(&p, (const char *)data, n))
		return 0;
	if (strlen(p.oid) != 64 || strspn(p.oid, "0123456789abcdef") != 64 ||
	    p.size > 999999999999999)
		abort();
	return 0;
}

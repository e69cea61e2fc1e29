/* builderd/compress: what is kept is smaller, and the best of what was tried.
 */
#include <sodium.h>
#include <stdlib.h>

#include "builderd/compress.h"
#include "tap.h"

#define SIZE 100000

static size_t
make(enum manifest_encoding e, const void *p, size_t n, size_t before)
{
	unsigned char *out;
	size_t size = compress_make(e, p, n, before, &out);

	if (size > 0)
		free(out);
	return size;
}

int
main(void)
{
	static char numbers[SIZE + 16], noise[SIZE];
	enum manifest_encoding e;
	size_t n, i, best;

	for (n = 0, i = 5000; n < SIZE; i += 7)
		n += (size_t)sprintf(numbers + n, "%zu\n", i);
	randombytes_buf(noise, sizeof(noise));
	for (e = 0; e < MANIFEST__ENCODINGS; e++) {
		ok(make(e, noise, SIZE, 0) == 0, "%s: noise stays as it is",
		    compress_suffix[e]);
		ok(make(e, numbers, COMPRESS_MIN - 1, 0) == 0,
		    "so does what is one packet anyway");
		n = make(e, numbers, SIZE, 0);
		ok(n > 0 && n < SIZE / 2, "%zu of %d bytes", n, SIZE);
	}
	best = make(MANIFEST_BR, numbers, SIZE, 0);
	n = make(MANIFEST_BR, numbers, SIZE, (size_t)1 << 40);
	ok(best <= n, "more effort is not larger: %zu, %zu", best, n);
	n = make(MANIFEST_ZSTD, numbers, SIZE, 0);
	ok(best <= n, "nor is br, of numbers in order: %zu, %zu", best, n);
	return done();
}

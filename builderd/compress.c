#include <brotli/encode.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "compress.h"
#include "log.h"

#define SWIFT 5 /* brotli's level that costs next to nothing */

const char *const compress_suffix[MANIFEST__ENCODINGS] = {
	[MANIFEST_BR] = ".br",
	[MANIFEST_ZSTD] = ".zst",
	[MANIFEST_GZIP] = ".gz",
};

/*
 * The best there is costs a second for each megabyte, so only what is small,
 * and the first of a site that is new, gets it.
 */
static const struct level {
	size_t up_to, of_all;
	int br, zstd, gzip;
} levels[] = {
	{ (size_t)64 << 10, (size_t)4 << 20, 11, 15, 9 },
	{ (size_t)4 << 20, (size_t)16 << 20, 10, 12, 9 },
	{ (size_t)-1, (size_t)-1, SWIFT, 9, 6 },
};

static size_t
brotli_at(int level, const void *p, size_t n, unsigned char *out, size_t size)
{
	if (!BrotliEncoderCompress(level, BROTLI_DEFAULT_WINDOW,
		BROTLI_MODE_TEXT, n, p, &size, out))
		return 0;
	return size;
}

/*
 * The search of the best levels is led astray by numbers in order, and makes
 * twice as much of them as one that costs a thirtieth of it: so both are made.
 */
static size_t
brotli(const struct level *l, const void *p, size_t n, unsigned char *out,
    size_t size)
{
	size_t best = brotli_at(l->br, p, n, out, size), room, swift;
	unsigned char *other;

	if (l->br <= SWIFT)
		return best;
	room = best > 0 ? best : size;
	if ((other = malloc(room)) == NULL)
		fatalx("out of memory");
	swift = brotli_at(SWIFT, p, n, other, room);
	if (swift > 0 && (best == 0 || swift < best)) {
		memcpy(out, other, swift);
		best = swift;
	}
	free(other);
	return best;
}

static size_t
zstd(const struct level *l, const void *p, size_t n, unsigned char *out,
    size_t size)
{
	size = ZSTD_compress(out, size, p, n, l->zstd);
	return ZSTD_isError(size) ? 0 : size;
}

static size_t
gzip(const struct level *l, const void *p, size_t n, unsigned char *out,
    size_t size)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)p,
		.avail_in = (unsigned int)n,
		.next_out = out,
		.avail_out = (unsigned int)size };
	int end;

	if (deflateInit2(&z, l->gzip, Z_DEFLATED, MAX_WBITS + 16, 9,
		Z_DEFAULT_STRATEGY) != Z_OK)
		fatalx("out of memory");
	end = deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return end == Z_STREAM_END ? z.total_out : 0;
}

static size_t (*const makers[MANIFEST__ENCODINGS])(const struct level *,
    const void *, size_t, unsigned char *, size_t) = {
	[MANIFEST_BR] = brotli,
	[MANIFEST_ZSTD] = zstd,
	[MANIFEST_GZIP] = gzip,
};

size_t
compress_make(enum manifest_encoding e, const void *p, size_t n, size_t before,
    unsigned char **out)
{
	const struct level *l = levels;
	size_t size;

	if (n < COMPRESS_MIN || n > COMPRESS_MAX)
		return 0;
	while (n > l->up_to || before > l->of_all)
		l++;
	/* No room for more than is worth keeping: they give up by themselves.
	 */
	if ((*out = malloc(n)) == NULL)
		fatalx("out of memory");
	size = makers[e](l, p, n, *out, n - n / 20);
	if (size == 0) {
		free(*out);
		*out = NULL;
	}
	return size;
}

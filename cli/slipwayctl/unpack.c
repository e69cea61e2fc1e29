#include <brotli/decode.h>
#include <limits.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

#include "unpack.h"

const char *const unpack_suffix[MANIFEST__ENCODINGS] = {
	[MANIFEST_BR] = ".br",
	[MANIFEST_ZSTD] = ".zst",
	[MANIFEST_GZIP] = ".gz",
};

static int
gunzip(const void *p, size_t n, void *out, size_t size)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)p,
		.avail_in = (unsigned int)n,
		.next_out = out,
		.avail_out = (unsigned int)size };
	int r;

	if (n > UINT_MAX || size > UINT_MAX ||
	    inflateInit2(&z, MAX_WBITS + 16) != Z_OK)
		return 0;
	r = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return r == Z_STREAM_END && z.total_out == size && z.avail_in == 0;
}

enum rc
unpack(enum manifest_encoding e, const void *p, size_t n, void *out,
    size_t size)
{
	size_t got = size;
	int good = 0;

	switch (e) {
	case MANIFEST_BR:
		good = BrotliDecoderDecompress(n, p, &got, out) ==
			BROTLI_DECODER_RESULT_SUCCESS &&
		    got == size;
		break;
	case MANIFEST_ZSTD:
		good = ZSTD_decompress(out, size, p, n) == size;
		break;
	case MANIFEST_GZIP:
		good = gunzip(p, n, out, size);
		break;
	case MANIFEST__ENCODINGS:
		break;
	}
	return good ? RC_OK : RC_INVALID;
}

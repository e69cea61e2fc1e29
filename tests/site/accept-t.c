/* fcgi-serve: which encodings are taken, and which of them is sent. */
#include "site/accept.h"
#include "tap.h"

#define BR   (1u << MANIFEST_BR)
#define ZSTD (1u << MANIFEST_ZSTD)
#define GZIP (1u << MANIFEST_GZIP)
#define ALL  (BR | ZSTD | GZIP)

/* clang-format off */
static const struct {
	const char	*header;
	unsigned int	 want;
} cases[] = {
	{ "",					0 },
	{ "identity",				0 },
	{ "gzip",				GZIP },
	{ "GZip",				GZIP },
	{ "x-gzip",				GZIP },
	{ "gzip, deflate, br, zstd",		ALL },
	{ "gzip,br",				GZIP | BR },
	{ " gzip\t;\tq=0.5 , br ; q=1.000",	GZIP | BR },
	{ "gzip;q=0",				0 },
	{ "gzip; Q=0.000, br",			BR },
	{ "gzip;q=0.001",			GZIP },
	{ "br;q=0.0, *",			GZIP | ZSTD },
	{ "*",					ALL },
	{ "*;q=0",				0 },
	{ "gzip, *;q=0",			GZIP },
	{ "identity;q=1, *;q=0",		0 },
	{ "brotli, gzipped, zst",		0 },
	{ ",,gzip,,",				GZIP },
	{ "gzip;x=y;q=0",			0 },
	{ "gzip;q=",				0 },
	{ ";q=1",				0 },
};

static const struct {
	uint64_t	 size, br, zstd, gzip;
	unsigned int	 accepted;
	enum manifest_encoding want;
} choices[] = {
	{ 100, 40, 45, 50,	ALL,		MANIFEST_BR },
	{ 100, 45, 40, 50,	ALL,		MANIFEST_ZSTD },
	{ 100, 40, 45, 50,	GZIP | ZSTD,	MANIFEST_ZSTD },
	{ 100, 40, 45, 50,	0,		MANIFEST__ENCODINGS },
	{ 100, 0, 0, 0,		ALL,		MANIFEST__ENCODINGS },
	{ 100, 120, 0, 0,	ALL,		MANIFEST__ENCODINGS },
	{ 0, 0, 0, 0,		ALL,		MANIFEST__ENCODINGS },
};
/* clang-format on */

int
main(void)
{
	struct manifest_file f = { 0 };
	size_t i;

	for (i = 0; i < NITEMS(cases); i++)
		ok(accept_encodings(cases[i].header) == cases[i].want, "\"%s\"",
		    cases[i].header);
	for (i = 0; i < NITEMS(choices); i++) {
		f.size = choices[i].size;
		f.encoded[MANIFEST_BR] = choices[i].br;
		f.encoded[MANIFEST_ZSTD] = choices[i].zstd;
		f.encoded[MANIFEST_GZIP] = choices[i].gzip;
		ok(accept_choose(choices[i].accepted, &f) == choices[i].want,
		    "choice %zu", i);
	}
	return done();
}

/* lib/mime: what a name promises. */
#include "../../lib/mime.c"
#include "mime.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char	*path, *type;
	int		 compressible;
} cases[] = {
	{ "/index.html",	"text/html; charset=utf-8",	1 },
	{ "/INDEX.HTML",	"text/html; charset=utf-8",	1 },
	{ "/a.b/c.css",		"text/css; charset=utf-8",	1 },
	{ "/app.mjs",		"text/javascript; charset=utf-8", 1 },
	{ "/app.js.map",	"application/json",		1 },
	{ "/x.wasm",		"application/wasm",		1 },
	{ "/site.webmanifest",	"application/manifest+json",	1 },
	{ "/f.woff2",		"font/woff2",			0 },
	{ "/p.avif",		"image/avif",			0 },
	{ "/p.svg",		"image/svg+xml; charset=utf-8",	1 },
	{ "/favicon.ico",	"image/vnd.microsoft.icon",	1 },
	{ "/feed.rss",		"application/rss+xml; charset=utf-8", 1 },
	{ "/noext",		"application/octet-stream",	1 },
	{ "/dir.html/noext",	"application/octet-stream",	1 },
	{ "/a.php",		"application/octet-stream",	1 },
	{ "/a.",		"application/octet-stream",	1 },
	{ "/.html",		"text/html; charset=utf-8",	1 },
	{ "",			"application/octet-stream",	1 },
};
/* clang-format on */

int
main(void)
{
	size_t i;
	int sorted = 1;

	for (i = 1; i < NITEMS(kinds); i++)
		if (strcmp(kinds[i - 1].ext, kinds[i].ext) >= 0) {
			printf("# %s\n", kinds[i].ext);
			sorted = 0;
		}
	ok(sorted, "the table is sorted");
	for (i = 0; i < NITEMS(cases); i++) {
		is(mime_type(cases[i].path), cases[i].type, "type of \"%s\"",
		    cases[i].path);
		ok(mime_compressible(cases[i].type) == cases[i].compressible,
		    "compressible: %s", cases[i].type);
	}
	return done();
}

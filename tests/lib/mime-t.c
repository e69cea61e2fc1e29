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
	{ "/x.mjs",		"text/javascript; charset=utf-8", 1 },
	{ "/X.Wasm",		"application/wasm",		1 },
	{ "/a.JPG",		"image/jpeg",			0 },
	{ "/live.m3u8",		"application/vnd.apple.mpegurl", 1 },
	{ "/live.ts",		"video/mp2t",			0 },
	{ "/seg.m4s",		"video/iso.segment",		0 },
	{ "/p.jxl",		"image/jxl",			0 },
	{ "/book.epub",		"application/epub+zip",		0 },
	{ "/map.geojson",	"application/geo+json",		1 },
	{ "/.well-known/apple-app-site-association", "application/octet-stream", 1 },
	{ "/no.such-type",	"application/octet-stream",	1 },
};

/*
 * Where we do not say what Debian's /etc/mime.types says, on purpose.  Debian
 * 12 and 13 differ, so not each of these is a difference everywhere.
 */
static const struct {
	const char	*ext, *why;
} differ[] = {
	{ "aif",	"audio/aiff is what browsers know" },
	{ "aiff",	"the same" },
	{ "asc",	"a key or a signature is to be read, not imported" },
	{ "exe",	"registered since; nobody's DOS" },
	{ "mid",	"audio/midi is what browsers know" },
	{ "mkv",	"registered since, without the x-" },
	{ "rss",	"what readers of feeds expect" },
	{ "srt",	"what players expect" },
	{ "svgz",	"no Content-Encoding is sent with it" },
	{ "tgz",	"gzip is what it is, whatever is in it" },
	{ "ts",		"a segment of video; nobody serves Qt's" },
	{ "wav",	"audio/wav is what browsers know" },
};
/* clang-format on */

static int
on_purpose(const char *ext)
{
	size_t i;

	for (i = 0; i < NITEMS(differ); i++)
		if (strcmp(differ[i].ext, ext) == 0)
			return 1;
	return 0;
}

/* Which extensions somebody says are of another type: a bit for each kind. */
static void
read_system(FILE *f, char known[], char agrees[])
{
	char line[4096], *save, *type, *ext;
	const char *ours;
	size_t i, n;

	while (fgets(line, sizeof(line), f) != NULL) {
		if (*line == '#' ||
		    (type = strtok_r(line, " \t\n", &save)) == NULL)
			continue;
		while ((ext = strtok_r(NULL, " \t\n", &save)) != NULL)
			for (i = 0; i < NITEMS(kinds); i++) {
				if (strcmp(kinds[i].ext, ext) != 0)
					continue;
				ours = kinds[i].type;
				n = strcspn(ours, ";");
				known[i] = 1;
				if (strlen(type) == n &&
				    strncmp(type, ours, n) == 0)
					agrees[i] = 1;
			}
	}
}

static void
compare(void)
{
	char known[NITEMS(kinds)] = "", agrees[NITEMS(kinds)] = "";
	FILE *f = fopen("/etc/mime.types", "r");
	size_t i;

	if (f == NULL) {
		printf("# no /etc/mime.types (package media-types)\n");
		return;
	}
	read_system(f, known, agrees);
	fclose(f);
	for (i = 0; i < NITEMS(kinds); i++)
		ok(!known[i] || agrees[i] || on_purpose(kinds[i].ext), "%s: %s",
		    kinds[i].ext, kinds[i].type);
}

int
main(void)
{
	size_t i, j;
	int sorted = 1;

	for (i = 1; i < NITEMS(kinds); i++)
		if (strcmp(kinds[i - 1].ext, kinds[i].ext) >= 0) {
			printf("# %s\n", kinds[i].ext);
			sorted = 0;
		}
	ok(sorted, "the table is sorted");
	for (i = 0; i < NITEMS(kinds); i++)
		for (j = 0; j < i; j++)
			if (strcmp(kinds[i].type, kinds[j].type) == 0 &&
			    kinds[i].compressible != kinds[j].compressible)
				ok(0, "%s and %s", kinds[i].ext, kinds[j].ext);
	for (i = 0; i < NITEMS(cases); i++) {
		is(mime_type(cases[i].path), cases[i].type, "type of \"%s\"",
		    cases[i].path);
		ok(mime_compressible(cases[i].type) == cases[i].compressible,
		    "compressible: %s", cases[i].type);
	}
	compare();
	return done();
}

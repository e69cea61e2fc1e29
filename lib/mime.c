#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mime.h"
#include "rc.h"

#define UNKNOWN "application/octet-stream"
#define UTF8    "; charset=utf-8"

/* Sorted by extension, in lower case. */
/* clang-format off */
static const struct kind {
	const char	*ext;
	const char	*type;
	int		 compressible;
} kinds[] = {
	{ "3gp",	"video/3gpp",				0 },
	{ "7z",		"application/x-7z-compressed",		0 },
	{ "aac",	"audio/aac",				0 },
	{ "apk",	"application/vnd.android.package-archive", 0 },
	{ "apng",	"image/apng",				0 },
	{ "atom",	"application/atom+xml" UTF8,		1 },
	{ "avi",	"video/x-msvideo",			0 },
	{ "avif",	"image/avif",				0 },
	{ "bin",	UNKNOWN,				1 },
	{ "bmp",	"image/bmp",				1 },
	{ "br",		"application/x-brotli",			0 },
	{ "bz2",	"application/x-bzip2",			0 },
	{ "cjs",	"text/javascript" UTF8,			1 },
	{ "css",	"text/css" UTF8,			1 },
	{ "csv",	"text/csv" UTF8,			1 },
	{ "deb",	"application/vnd.debian.binary-package", 0 },
	{ "doc",	"application/msword",			1 },
	{ "docx",	"application/vnd.openxmlformats-officedocument.wordprocessingml.document", 0 },
	{ "eot",	"application/vnd.ms-fontobject",	1 },
	{ "epub",	"application/epub+zip",			0 },
	{ "flac",	"audio/flac",				0 },
	{ "geojson",	"application/geo+json",			1 },
	{ "gif",	"image/gif",				0 },
	{ "glb",	"model/gltf-binary",			1 },
	{ "gltf",	"model/gltf+json",			1 },
	{ "gz",		"application/gzip",			0 },
	{ "heic",	"image/heic",				0 },
	{ "heif",	"image/heif",				0 },
	{ "htm",	"text/html" UTF8,			1 },
	{ "html",	"text/html" UTF8,			1 },
	{ "ico",	"image/vnd.microsoft.icon",		1 },
	{ "ics",	"text/calendar" UTF8,			1 },
	{ "jar",	"application/java-archive",		0 },
	{ "jpeg",	"image/jpeg",				0 },
	{ "jpg",	"image/jpeg",				0 },
	{ "js",		"text/javascript" UTF8,			1 },
	{ "json",	"application/json",			1 },
	{ "jsonld",	"application/ld+json",			1 },
	{ "jxl",	"image/jxl",				0 },
	{ "ktx2",	"image/ktx2",				0 },
	{ "log",	"text/plain" UTF8,			1 },
	{ "m4a",	"audio/mp4",				0 },
	{ "m4v",	"video/mp4",				0 },
	{ "map",	"application/json",			1 },
	{ "md",		"text/markdown" UTF8,			1 },
	{ "mid",	"audio/midi",				1 },
	{ "mjs",	"text/javascript" UTF8,			1 },
	{ "mov",	"video/quicktime",			0 },
	{ "mp3",	"audio/mpeg",				0 },
	{ "mp4",	"video/mp4",				0 },
	{ "mpeg",	"video/mpeg",				0 },
	{ "oga",	"audio/ogg",				0 },
	{ "ogg",	"audio/ogg",				0 },
	{ "ogv",	"video/ogg",				0 },
	{ "opus",	"audio/ogg",				0 },
	{ "otf",	"font/otf",				1 },
	{ "pdf",	"application/pdf",			0 },
	{ "png",	"image/png",				0 },
	{ "ppt",	"application/vnd.ms-powerpoint",	1 },
	{ "pptx",	"application/vnd.openxmlformats-officedocument.presentationml.presentation", 0 },
	{ "ps",		"application/postscript",		1 },
	{ "rar",	"application/vnd.rar",			0 },
	{ "rss",	"application/rss+xml" UTF8,		1 },
	{ "rtf",	"application/rtf",			1 },
	{ "svg",	"image/svg+xml" UTF8,			1 },
	{ "svgz",	"application/gzip",			0 },
	{ "tar",	"application/x-tar",			1 },
	{ "tgz",	"application/gzip",			0 },
	{ "tif",	"image/tiff",				0 },
	{ "tiff",	"image/tiff",				0 },
	{ "toml",	"application/toml",			1 },
	{ "tsv",	"text/tab-separated-values" UTF8,	1 },
	{ "ttc",	"font/collection",			1 },
	{ "ttf",	"font/ttf",				1 },
	{ "txt",	"text/plain" UTF8,			1 },
	{ "vcf",	"text/vcard" UTF8,			1 },
	{ "vtt",	"text/vtt" UTF8,			1 },
	{ "wasm",	"application/wasm",			1 },
	{ "wav",	"audio/wav",				1 },
	{ "weba",	"audio/webm",				0 },
	{ "webm",	"video/webm",				0 },
	{ "webmanifest", "application/manifest+json",		1 },
	{ "webp",	"image/webp",				0 },
	{ "woff",	"font/woff",				0 },
	{ "woff2",	"font/woff2",				0 },
	{ "xhtml",	"application/xhtml+xml" UTF8,		1 },
	{ "xls",	"application/vnd.ms-excel",		1 },
	{ "xlsx",	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 0 },
	{ "xml",	"application/xml" UTF8,			1 },
	{ "xsd",	"application/xml" UTF8,			1 },
	{ "xsl",	"application/xslt+xml" UTF8,		1 },
	{ "xz",		"application/x-xz",			0 },
	{ "yaml",	"application/yaml" UTF8,		1 },
	{ "yml",	"application/yaml" UTF8,		1 },
	{ "zip",	"application/zip",			0 },
	{ "zst",	"application/zstd",			0 },
};
/* clang-format on */

static int
by_ext(const void *key, const void *kind)
{
	return strcasecmp(key, ((const struct kind *)kind)->ext);
}

const char *
mime_type(const char *path)
{
	const char *name = strrchr(path, '/'), *dot;
	const struct kind *k = NULL;

	name = name != NULL ? name + 1 : path;
	if ((dot = strrchr(name, '.')) != NULL)
		k = bsearch(dot + 1, kinds, NITEMS(kinds), sizeof(*kinds),
		    by_ext);
	return k != NULL ? k->type : UNKNOWN;
}

int
mime_compressible(const char *type)
{
	size_t i;

	for (i = 0; i < NITEMS(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].compressible;
	return 0;
}

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
	{ "3g2",	"video/3gpp2",				0 },
	{ "3gp",	"video/3gpp",				0 },
	{ "7z",		"application/x-7z-compressed",		0 },
	{ "aac",	"audio/aac",				0 },
	{ "aif",	"audio/aiff",				1 },
	{ "aiff",	"audio/aiff",				1 },
	{ "apk",	"application/vnd.android.package-archive", 0 },
	{ "apng",	"image/apng",				0 },
	{ "asc",	"text/plain" UTF8,			1 },
	{ "atom",	"application/atom+xml" UTF8,		1 },
	{ "avi",	"video/x-msvideo",			0 },
	{ "avif",	"image/avif",				0 },
	{ "avifs",	"image/avif",				0 },
	{ "bin",	UNKNOWN,				1 },
	{ "bmp",	"image/bmp",				1 },
	{ "br",		"application/x-brotli",			0 },
	{ "bz2",	"application/x-bzip2",			0 },
	{ "cer",	"application/pkix-cert",		0 },
	{ "cjs",	"text/javascript" UTF8,			1 },
	{ "crl",	"application/pkix-crl",			0 },
	{ "crt",	"application/x-x509-ca-cert",		1 },
	{ "css",	"text/css" UTF8,			1 },
	{ "csv",	"text/csv" UTF8,			1 },
	{ "cur",	"image/vnd.microsoft.icon",		1 },
	{ "deb",	"application/vnd.debian.binary-package", 0 },
	{ "diff",	"text/x-diff" UTF8,			1 },
	{ "dmg",	"application/x-apple-diskimage",	0 },
	{ "doc",	"application/msword",			1 },
	{ "docx",	"application/vnd.openxmlformats-officedocument.wordprocessingml.document", 0 },
	{ "dtd",	"application/xml-dtd" UTF8,		1 },
	{ "eot",	"application/vnd.ms-fontobject",	1 },
	{ "epub",	"application/epub+zip",			0 },
	{ "exe",	"application/vnd.microsoft.portable-executable", 0 },
	{ "flac",	"audio/flac",				0 },
	{ "geojson",	"application/geo+json",			1 },
	{ "gif",	"image/gif",				0 },
	{ "glb",	"model/gltf-binary",			1 },
	{ "gltf",	"model/gltf+json",			1 },
	{ "gpx",	"application/gpx+xml" UTF8,		1 },
	{ "gz",		"application/gzip",			0 },
	{ "heic",	"image/heic",				0 },
	{ "heics",	"image/heic-sequence",			0 },
	{ "heif",	"image/heif",				0 },
	{ "heifs",	"image/heif-sequence",			0 },
	{ "htm",	"text/html" UTF8,			1 },
	{ "html",	"text/html" UTF8,			1 },
	{ "ico",	"image/vnd.microsoft.icon",		1 },
	{ "ics",	"text/calendar" UTF8,			1 },
	{ "iso",	"application/x-iso9660-image",		0 },
	{ "jar",	"application/java-archive",		0 },
	{ "jfif",	"image/jpeg",				0 },
	{ "jpe",	"image/jpeg",				0 },
	{ "jpeg",	"image/jpeg",				0 },
	{ "jpg",	"image/jpeg",				0 },
	{ "js",		"text/javascript" UTF8,			1 },
	{ "json",	"application/json",			1 },
	{ "json5",	"application/json5",			1 },
	{ "jsonl",	"application/jsonl",			1 },
	{ "jsonld",	"application/ld+json",			1 },
	{ "jxl",	"image/jxl",				0 },
	{ "kml",	"application/vnd.google-earth.kml+xml" UTF8, 1 },
	{ "kmz",	"application/vnd.google-earth.kmz",	0 },
	{ "ktx",	"image/ktx",				1 },
	{ "ktx2",	"image/ktx2",				0 },
	{ "log",	"text/plain" UTF8,			1 },
	{ "lz",		"application/x-lzip",			0 },
	{ "m3u",	"audio/mpegurl",			1 },
	{ "m3u8",	"application/vnd.apple.mpegurl",	1 },
	{ "m4a",	"audio/mp4",				0 },
	{ "m4b",	"audio/mp4",				0 },
	{ "m4s",	"video/iso.segment",			0 },
	{ "m4v",	"video/mp4",				0 },
	{ "map",	"application/json",			1 },
	{ "markdown",	"text/markdown" UTF8,			1 },
	{ "md",		"text/markdown" UTF8,			1 },
	{ "mid",	"audio/midi",				1 },
	{ "mjs",	"text/javascript" UTF8,			1 },
	{ "mka",	"audio/matroska",			0 },
	{ "mkv",	"video/matroska",			0 },
	{ "mov",	"video/quicktime",			0 },
	{ "mp3",	"audio/mpeg",				0 },
	{ "mp4",	"video/mp4",				0 },
	{ "mpd",	"application/dash+xml" UTF8,		1 },
	{ "mpeg",	"video/mpeg",				0 },
	{ "mpg",	"video/mpeg",				0 },
	{ "msi",	"application/x-msi",			0 },
	{ "mvt",	"application/vnd.mapbox-vector-tile",	1 },
	{ "n3",		"text/n3" UTF8,				1 },
	{ "ndjson",	"application/x-ndjson",			1 },
	{ "nt",		"application/n-triples",		1 },
	{ "obj",	"model/obj",				1 },
	{ "odp",	"application/vnd.oasis.opendocument.presentation", 0 },
	{ "ods",	"application/vnd.oasis.opendocument.spreadsheet", 0 },
	{ "odt",	"application/vnd.oasis.opendocument.text", 0 },
	{ "oga",	"audio/ogg",				0 },
	{ "ogg",	"audio/ogg",				0 },
	{ "ogv",	"video/ogg",				0 },
	{ "opml",	"text/x-opml" UTF8,			1 },
	{ "opus",	"audio/ogg",				0 },
	{ "otf",	"font/otf",				1 },
	{ "patch",	"text/x-diff" UTF8,			1 },
	{ "pdf",	"application/pdf",			0 },
	{ "pem",	"application/pem-certificate-chain",	1 },
	{ "pls",	"audio/x-scpls",			1 },
	{ "png",	"image/png",				0 },
	{ "ppt",	"application/vnd.ms-powerpoint",	1 },
	{ "pptx",	"application/vnd.openxmlformats-officedocument.presentationml.presentation", 0 },
	{ "ps",		"application/postscript",		1 },
	{ "qt",		"video/quicktime",			0 },
	{ "rar",	"application/vnd.rar",			0 },
	{ "rdf",	"application/rdf+xml" UTF8,		1 },
	{ "rpm",	"application/x-redhat-package-manager",	0 },
	{ "rss",	"application/rss+xml" UTF8,		1 },
	{ "rtf",	"application/rtf",			1 },
	{ "sig",	"application/pgp-signature",		0 },
	{ "smil",	"application/smil+xml" UTF8,		1 },
	{ "srt",	"application/x-subrip" UTF8,		1 },
	{ "step",	"model/step",				1 },
	{ "stl",	"model/stl",				1 },
	{ "svg",	"image/svg+xml" UTF8,			1 },
	{ "svgz",	"application/gzip",			0 },
	{ "swf",	"application/vnd.adobe.flash.movie",	0 },
	{ "tar",	"application/x-tar",			1 },
	{ "tex",	"text/x-tex" UTF8,			1 },
	{ "text",	"text/plain" UTF8,			1 },
	{ "tgz",	"application/gzip",			0 },
	{ "tif",	"image/tiff",				0 },
	{ "tiff",	"image/tiff",				0 },
	{ "toml",	"application/toml",			1 },
	{ "topojson",	"application/json",			1 },
	{ "torrent",	"application/x-bittorrent",		0 },
	{ "ts",		"video/mp2t",				0 },
	{ "tsv",	"text/tab-separated-values" UTF8,	1 },
	{ "ttc",	"font/collection",			1 },
	{ "ttf",	"font/ttf",				1 },
	{ "ttl",	"text/turtle" UTF8,			1 },
	{ "ttml",	"application/ttml+xml" UTF8,		1 },
	{ "txt",	"text/plain" UTF8,			1 },
	{ "usdz",	"model/vnd.usdz+zip",			0 },
	{ "vcf",	"text/vcard" UTF8,			1 },
	{ "vtt",	"text/vtt" UTF8,			1 },
	{ "wasm",	"application/wasm",			1 },
	{ "wat",	"text/plain" UTF8,			1 },
	{ "wav",	"audio/wav",				1 },
	{ "weba",	"audio/webm",				0 },
	{ "webm",	"video/webm",				0 },
	{ "webmanifest", "application/manifest+json",		1 },
	{ "webp",	"image/webp",				0 },
	{ "wgsl",	"text/wgsl" UTF8,			1 },
	{ "woff",	"font/woff",				0 },
	{ "woff2",	"font/woff2",				0 },
	{ "xht",	"application/xhtml+xml" UTF8,		1 },
	{ "xhtml",	"application/xhtml+xml" UTF8,		1 },
	{ "xlf",	"application/xliff+xml" UTF8,		1 },
	{ "xls",	"application/vnd.ms-excel",		1 },
	{ "xlsx",	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 0 },
	{ "xml",	"application/xml" UTF8,			1 },
	{ "xpi",	"application/x-xpinstall",		0 },
	{ "xsd",	"application/xml" UTF8,			1 },
	{ "xsl",	"application/xslt+xml" UTF8,		1 },
	{ "xslt",	"application/xslt+xml" UTF8,		1 },
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

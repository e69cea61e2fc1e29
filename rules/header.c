/*
 * Which headers a site may set, and to what.
 */
#include <string.h>
#include <strings.h>

#include "headers.h"
#include "rc.h"

/* Why nobody may set them. */
#define OF_SERVER "the server says it itself"
#define OF_HOP    "it is between one server and the next"
#define OF_FILE   "it is known from the file"
#define OF_PLACE  "it would speak for the whole server"

/* clang-format off */
/* slipway-rules(7) lists the same. */
static const struct {
	const char	*name;
	const char	*why;
} refused[] = {
	{ "Accept-Ranges",		OF_FILE },
	{ "Age",			OF_SERVER },
	{ "Allow",			OF_SERVER },
	{ "Alt-Svc",			OF_PLACE },
	{ "Connection",			OF_HOP },
	{ "Content-Encoding",		OF_FILE },
	{ "Content-Length",		OF_FILE },
	{ "Content-Range",		OF_FILE },
	{ "Date",			OF_SERVER },
	{ "ETag",			OF_FILE },
	{ "Keep-Alive",			OF_HOP },
	{ "Last-Modified",		OF_FILE },
	{ "Location",			"a redirect says where it leads" },
	{ "Proxy-Authenticate",		OF_HOP },
	{ "Proxy-Connection",		OF_HOP },
	{ "Server",			OF_SERVER },
	{ "Status",			OF_SERVER },
	{ "TE",				OF_HOP },
	{ "Trailer",			OF_HOP },
	{ "Transfer-Encoding",		OF_HOP },
	{ "Upgrade",			OF_HOP },
	{ "WWW-Authenticate",		"Basic-Auth says who may see a path" },
	{ "X-Accel-Buffering",		OF_SERVER },
	{ "X-Accel-Charset",		OF_SERVER },
	{ "X-Accel-Expires",		OF_SERVER },
	{ "X-Accel-Limit-Rate",		OF_SERVER },
	{ "X-Accel-Redirect",		OF_SERVER },
	{ "X-LIGHTTPD-send-file",	OF_SERVER },
	{ "X-LIGHTTPD-send-tempfile",	OF_SERVER },
	{ "X-Sendfile",			OF_SERVER },
	{ "X-Sendfile2",		OF_SERVER },
};
/* clang-format on */

/* slipway-rules(7) lists the same. */
static const char *const guards[] = { "Cache-Control", "Clear-Site-Data",
	"Content-Security-Policy", "Cross-Origin-Embedder-Policy",
	"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
	"Permissions-Policy", "Referrer-Policy", "Strict-Transport-Security",
	"X-Content-Type-Options", "X-Frame-Options",
	"X-Permitted-Cross-Domain-Policies", "X-Robots-Tag",
	"X-XSS-Protection" };

int
header_guards(const char *name)
{
	size_t i;

	for (i = 0; i < NITEMS(guards); i++)
		if (strcasecmp(guards[i], name) == 0)
			return 1;
	return 0;
}

static int
is_name(const char *s)
{
	size_t n = strspn(s,
	    "!#$%&'*+-.^_`|~0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz");

	return n > 0 && n <= 100 && s[n] == '\0';
}

int
header_strays(const char *name, const char *s)
{
	if (strcasecmp(name, "Set-Cookie") != 0)
		return 0;
	while ((s = strchr(s, ';')) != NULL) {
		s += 1 + strspn(s + 1, " \t;");
		if (strncasecmp(s, "domain", 6) == 0 &&
		    strchr("= \t;", s[6]) != NULL) /* or its end */
			return 1;
	}
	return 0;
}

const char *
header_fault(struct arena *a, const char *name, const char *value)
{
	const unsigned char *p;
	size_t i;

	if (!is_name(name))
		return arena_printf(a, "\"%.100s\" is no name of a header",
		    name);
	for (i = 0; i < NITEMS(refused); i++)
		if (strcasecmp(refused[i].name, name) == 0)
			return arena_printf(a, "nobody may set %s: %s",
			    refused[i].name, refused[i].why);
	if (value == NULL)
		return NULL;
	if (strlen(value) > HEADERS_VALUE_MAX)
		return "its value is longer than 4096 bytes";
	for (p = (const unsigned char *)value; *p != '\0'; p++)
		if ((*p < ' ' && *p != '\t') || *p == 0x7f)
			return "its value has a control character";
	if (header_strays(name, value))
		return "a cookie with a Domain would be sent to other sites";
	return NULL;
}

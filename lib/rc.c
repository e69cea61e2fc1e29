#include "rc.h"

/* clang-format off */
static const struct {
	const char	*name;
	int		 http;
	const char	*title;
} outcome[RC__MAX] = {
	[RC_OK]		  = { "ok",		200, "Done" },
	[RC_MALFORMED]	  = { "malformed",	400, "The request cannot be read" },
	[RC_UNAUTHORIZED] = { "unauthorized",	401, "Sign in first" },
	[RC_DENIED]	  = { "denied",		403, "You may not do this" },
	[RC_NOT_FOUND]	  = { "not_found",	404, "There is no such thing" },
	[RC_METHOD]	  = { "method",		405, "That method is not for this path" },
	[RC_CONFLICT]	  = { "conflict",	409, "It is there already, or has moved on" },
	[RC_TOO_LARGE]	  = { "too_large",	413, "The request is too large" },
	[RC_TYPE]	  = { "content_type",	415, "That content type is not taken" },
	[RC_INVALID]	  = { "invalid",	422, "A field is not acceptable" },
	[RC_LIMITED]	  = { "limited",	429, "Too many requests" },
	[RC_BUSY]	  = { "busy",		503, "Try again in a moment" },
	[RC_FAIL]	  = { "internal",	500, "Something went wrong here" },
};
/* clang-format on */

const char *
rc_name(enum rc rc)
{
	return outcome[rc].name;
}

const char *
rc_title(enum rc rc)
{
	return outcome[rc].title;
}

int
rc_http(enum rc rc)
{
	return outcome[rc].http;
}

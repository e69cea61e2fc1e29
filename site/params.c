/*
 * What came with a request, as FastCGI brings it.
 */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "req.h"

#define AT(member) offsetof(struct req, member)

/* clang-format off */
static const struct param {
	const char	*name;
	size_t		 at;
} params[] = {
	{ "HTTP_ACCEPT_ENCODING",	AT(accept_encoding) },
	{ "HTTP_AUTHORIZATION",		AT(authorization) },
	{ "HTTP_COOKIE",		AT(cookie) },
	{ "HTTP_HOST",			AT(host) },
	{ "HTTP_IF_MATCH",		AT(cond.if_match) },
	{ "HTTP_IF_MODIFIED_SINCE",	AT(cond.if_modified_since) },
	{ "HTTP_IF_NONE_MATCH",		AT(cond.if_none_match) },
	{ "HTTP_IF_RANGE",		AT(cond.if_range) },
	{ "HTTP_IF_UNMODIFIED_SINCE",	AT(cond.if_unmodified_since) },
	{ "HTTP_RANGE",			AT(cond.range) },
	{ "HTTP_SERVICE_WORKER",	AT(service_worker) },
	{ "HTTP_X_SLIPWAY_TOKEN",	AT(pass) },
	{ "REMOTE_ADDR",		AT(addr) },
	{ "REQUEST_METHOD",		AT(method) },
	{ "REQUEST_SCHEME",		AT(scheme) },
	{ "REQUEST_URI",		AT(target) },
	{ "SLIPWAY_CACHE",		AT(cache) },
	{ "SLIPWAY_COUNTRY",		AT(country) },
	{ "SLIPWAY_REQUEST_ID",		AT(id) },
};
/* clang-format on */

/* "Accept-Language" is HTTP_ACCEPT_LANGUAGE. */
static const char *
header(void *arg, const char *name)
{
	char *const *envp = arg;
	const char *s, *p;

	for (; *envp != NULL; envp++) {
		s = *envp;
		if (strncmp(s, "HTTP_", 5) != 0)
			continue;
		for (s += 5, p = name; *p != '\0'; s++, p++)
			if (*s !=
			    (*p == '-' ? '_' : toupper((unsigned char)*p)))
				break;
		if (*p == '\0' && *s == '=')
			return s + 1;
	}
	return "";
}

void
params_read(struct req *r, char **envp)
{
	const char *eq;
	size_t i, n;

	r->header = header;
	r->header_arg = envp;
	for (i = 0; i < NITEMS(params); i++)
		*(const char **)((char *)r + params[i].at) = "";
	for (; *envp != NULL; envp++) {
		if ((eq = strchr(*envp, '=')) == NULL)
			continue;
		n = (size_t)(eq - *envp);
		for (i = 0; i < NITEMS(params); i++)
			if (params[i].name[0] == **envp &&
			    strncmp(params[i].name, *envp, n) == 0 &&
			    params[i].name[n] == '\0')
				*(const char **)((char *)r + params[i].at) =
				    eq + 1;
	}
	r->head = strcmp(r->method, "HEAD") == 0;
	r->other = strcmp(r->method, "GET") != 0 && !r->head;
}

int
params_method(const struct req *r)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE",
		"OPTIONS" };
	size_t i;

	for (i = 0; i < NITEMS(methods); i++)
		if (strcmp(r->method, methods[i]) == 0)
			return 1;
	return !r->other;
}

int
params_https(const struct req *r)
{
	return strcmp(r->w->conf->site_scheme, "https") == 0;
}

const char *
params_cookie(const struct req *r)
{
	return params_https(r) ? LOGIN_COOKIE : LOGIN_COOKIE_PLAIN;
}

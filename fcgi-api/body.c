/*
 * The body of a request: how long it says it is, and what it is.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "api.h"
#include "log.h"

#define DIGITS_MAX 15

/* Digits, and no sign, space or second opinion. */
enum rc
body_length(struct req *r)
{
	const char *s = req_param(r, "CONTENT_LENGTH");
	size_t n = strlen(s);

	r->length = -1;
	if (n == 0)
		return RC_OK;
	if (strspn(s, "0123456789") != n)
		return req_say(r, RC_MALFORMED,
		    "Content-Length is not a number.");
	if (n > DIGITS_MAX)
		return RC_TOO_LARGE;
	for (r->length = 0; *s != '\0'; s++)
		r->length = r->length * 10 + (*s - '0');
	return RC_OK;
}

static int
is_json(struct req *r)
{
	const char *type = req_param(r, "CONTENT_TYPE");
	size_t n = strcspn(type, "; \t");

	return n == 16 && strncasecmp(type, "application/json", n) == 0;
}

/* As many bytes as were announced, and not one more. */
static enum rc
read_all(struct req *r, char *buf, int n)
{
	if (FCGX_GetStr(buf, n, r->fcgx->in) != n ||
	    FCGX_GetChar(r->fcgx->in) != EOF)
		return req_say(r, RC_MALFORMED,
		    "The body is not as long as Content-Length says.");
	return RC_OK;
}

enum rc
body_json(struct req *r)
{
	unsigned int flags = r->route->flags;
	int most = flags & ROUTE_BIG ? REQ_BIG_MAX : REQ_BODY_MAX;
	const char *why;
	char *buf;
	enum rc rc;
	int n;

	if (r->length <= 0) {
		if (flags & ROUTE_OPTIONAL)
			return RC_OK;
		return req_say(r, RC_MALFORMED,
		    "Send a JSON object as the body.");
	}
	if (!is_json(r))
		return req_say(r, RC_TYPE,
		    "Send the body as application/json.");
	if (r->length > most)
		return req_say(r, RC_TOO_LARGE,
		    arena_printf(r->arena,
			"The body has more than %d bytes; send less at once.",
			most));
	n = (int)r->length;
	buf = arena_alloc(r->arena, (size_t)n + 1);
	if ((rc = read_all(r, buf, n)) != RC_OK)
		return rc;
	if ((rc = js_parse(r->arena, buf, (size_t)n, &r->body, &why)) != RC_OK)
		return req_say(r, rc,
		    arena_printf(r->arena, "The body has %s.", why));
	if (!json_object_is_type(r->body, json_type_object))
		return req_say(r, RC_INVALID,
		    "Send a JSON object as the body.");
	return js_check(r->arena, r->body, r->route->fields, &r->errors);
}

enum rc
body_copy(struct req *r, int fd)
{
	char buf[32768];
	long long left;
	ssize_t w;
	int n, done;

	for (left = r->length; left > 0; left -= n) {
		n = left < (int)sizeof(buf) ? (int)left : (int)sizeof(buf);
		if (FCGX_GetStr(buf, n, r->fcgx->in) != n)
			return req_say(r, RC_MALFORMED,
			    "The body is not as long as Content-Length says.");
		for (done = 0; done < n; done += (int)w)
			if ((w = write(fd, buf + done, (size_t)(n - done))) ==
			    -1) {
				log_warn("write upload");
				return errno == ENOSPC ? RC_BUSY : RC_FAIL;
			}
	}
	if (FCGX_GetChar(r->fcgx->in) != EOF)
		return req_say(r, RC_MALFORMED,
		    "The body is not as long as Content-Length says.");
	return RC_OK;
}

const char *
req_string(const struct req *r, const char *name)
{
	return r->body != NULL ? js_string(r->body, name) : NULL;
}

int
req_bool(const struct req *r, const char *name, int preset)
{
	return r->body != NULL ? js_bool(r->body, name, preset) : preset;
}

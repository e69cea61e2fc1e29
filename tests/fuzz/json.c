/* lib/json: what passes is read again by json-c and has no NUL in it. */
#include <json-c/json.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct js_field fields[] = {
	{ "slug", JS_STRING, JS_REQUIRED, 1, 48, NULL, valid_slug, "" },
	{ "branch", JS_STRING, 0, 0, 250, NULL, valid_branch, "" },
	{ "days", JS_INT, 0, 1, 365, NULL, NULL, "" },
	{ "spa", JS_STRING, 0, 0, 10, "auto|on|off", NULL, "" },
	{ "prebuilt", JS_BOOL, 0, 0, 0, NULL, NULL, "" },
	{ "files", JS_ARRAY, 0, 1, 100, NULL, NULL, "" },
	{ NULL, JS_STRING, 0, 0, 0, NULL, NULL, NULL },
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	struct js_errors errors = { 0 };
	const char *why = NULL, *slug;
	struct json_object *o;

	if (js_parse(a, (const char *)data, n, &o, &why) == RC_OK) {
		if (valid_utf8((const char *)data, n) != n)
			abort();
		if (!json_object_is_type(o, json_type_object))
			; /* whoever takes an object has looked */
		else if (js_check(a, o, fields, &errors) == RC_OK) {
			slug = js_string(o, "slug");
			if (slug == NULL || valid_slug(slug) != NULL)
				abort();
		} else if (errors.n < 1 || errors.n > JS_ERRORS_MAX)
			abort();
	} else if (why == NULL)
		abort();
	arena_free(a);
	return 0;
}

/*
 * json -- JSON from outside, strictly.
 *
 * json-c takes more than JSON: a key given twice, NaN, numbers cut to what
 * fits, a NUL inside a string.  So the text is scanned by the letter of
 * RFC 8259 first, against limits with names, and json-c then only makes the
 * tree.  Keys are plain: a backslash in one is refused.
 *
 * What a body may hold is a table of fields.  js_check() compares the two and
 * gathers every fault, so that whoever sent it can mend all at once; the same
 * table describes the body in the OpenAPI document.
 */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>

#include "arena.h"
#include "valid.h"

#define JS_DEPTH_MAX  16
#define JS_KEYS_MAX   1000
#define JS_LISTS_MAX  128000 /* what is small as text is large in memory */
#define JS_VALUES_MAX 512000
#define JS_STRING_MAX (64 * 1024)
#define JS_INT_MAX    9007199254740991LL /* every reader has it exactly */
#define JS_ERRORS_MAX 16

struct json_object;

enum js_type { JS_STRING, JS_INT, JS_BOOL, JS_ARRAY };

struct js_field {
	const char *name; /* NULL ends the table */
	enum js_type type;
	unsigned int flags;
#define JS_REQUIRED 0x01
#define JS_SECRET   0x02     /* never shown in a document or example */
	long min, max;       /* bytes of a string, or the number itself */
	const char *choices; /* "a|b", or NULL */
	const struct fault *(*check)(const char *);
	const char *about;
};

struct js_errors {
	int n;
	struct {
		const char *field;
		struct fault fault;
	} e[JS_ERRORS_MAX];
};

/* RC_MALFORMED, and why, if it is not strictly JSON. */
enum rc js_parse(struct arena *, const char *, size_t, struct json_object **,
    const char **why) MUST_CHECK;

void js_error(struct js_errors *, const char *field, const struct fault *);

/* Is o an object of those fields and no other?  RC_INVALID if not. */
enum rc js_check(struct arena *, struct json_object *o, const struct js_field *,
    struct js_errors *) MUST_CHECK;

/* The same for one value that came as text, such as in a query. */
enum rc js_check_text(struct arena *, const struct js_field *, const char *,
    struct js_errors *) MUST_CHECK;

/* Members of an object that was checked; NULL or preset when absent or null. */
const char *js_string(struct json_object *, const char *name);
long long js_int(struct json_object *, const char *name, long long preset);
int js_bool(struct json_object *, const char *name, int preset);

/* A JSON string, quotes and all. */
const char *js_quote(struct arena *, const char *);

#endif

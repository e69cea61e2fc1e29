#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

struct key {
	const char *p;
	size_t n;
};

struct scan {
	const char *p, *end;
	const char *why;
	struct key keys[JS_KEYS_MAX]; /* of all objects that are open */
	int nkeys;
	int all; /* keys seen so far */
	int objects, lists, values;
};

static int value(struct scan *, int depth);

static int
no(struct scan *s, const char *why)
{
	if (s->why == NULL)
		s->why = why;
	return 0;
}

static void
space(struct scan *s)
{
	while (s->p < s->end &&
	    (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static int
take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return 0;
	s->p++;
	return 1;
}

static int
hex4(struct scan *s, unsigned int *out)
{
	unsigned int v = 0;
	int i;

	if (s->end - s->p < 4)
		return 0;
	for (i = 0; i < 4; i++, s->p++) {
		if (*s->p >= '0' && *s->p <= '9')
			v = v << 4 | (unsigned int)(*s->p - '0');
		else if ((*s->p | 0x20) >= 'a' && (*s->p | 0x20) <= 'f')
			v = v << 4 | (unsigned int)((*s->p | 0x20) - 'a' + 10);
		else
			return 0;
	}
	*out = v;
	return 1;
}

/* After a backslash. */
static int
escape(struct scan *s)
{
	unsigned int hi, lo;

	if (s->p == s->end)
		return no(s, "a string that does not end");
	if (*s->p != 'u') {
		if (*s->p == '\0' || strchr("\"\\/bfnrt", *s->p) == NULL)
			return no(s, "an escape that does not exist");
		s->p++;
		return 1;
	}
	s->p++;
	if (!hex4(s, &hi))
		return no(s, "an escape that does not exist");
	if (hi == 0)
		return no(s, "a NUL in a string");
	if (hi >= 0xdc00 && hi <= 0xdfff)
		return no(s, "half a surrogate pair");
	if (hi < 0xd800 || hi > 0xdbff)
		return 1;
	if (!take(s, '\\') || !take(s, 'u') || !hex4(s, &lo) || lo < 0xdc00 ||
	    lo > 0xdfff)
		return no(s, "half a surrogate pair");
	return 1;
}

static int
string(struct scan *s, struct key *key)
{
	const char *from;

	if (!take(s, '"'))
		return no(s, "something that is not JSON");
	for (from = s->p; s->p < s->end && *s->p != '"';) {
		if ((unsigned char)*s->p < ' ')
			return no(s, "a control character in a string");
		if (*s->p++ != '\\')
			continue;
		if (key != NULL)
			return no(s, "a backslash in a key");
		if (!escape(s))
			return 0;
	}
	if (s->p - from > JS_STRING_MAX)
		return no(s, "a string of more than 64 KiB");
	if (key != NULL)
		*key = (struct key){ from, (size_t)(s->p - from) };
	return take(s, '"') ? 1 : no(s, "a string that does not end");
}

static int
number(struct scan *s)
{
	const char *from = s->p, *digits;
	char copy[32];
	int whole = 1;
	long long n;

	(void)!take(s, '-');
	for (digits = s->p; s->p < s->end && *s->p >= '0' && *s->p <= '9';)
		s->p++;
	if (s->p == digits || (*digits == '0' && s->p - digits > 1))
		return no(s, "something that is not JSON");
	if (take(s, '.')) {
		whole = 0;
		for (digits = s->p;
		     s->p < s->end && *s->p >= '0' && *s->p <= '9';)
			s->p++;
		if (s->p == digits)
			return no(s, "something that is not JSON");
	}
	if (s->p < s->end && (*s->p | 0x20) == 'e') {
		whole = 0;
		s->p++;
		if (!take(s, '+'))
			(void)!take(s, '-');
		for (digits = s->p;
		     s->p < s->end && *s->p >= '0' && *s->p <= '9';)
			s->p++;
		if (s->p == digits)
			return no(s, "something that is not JSON");
	}
	if (s->p - from >= (int)sizeof(copy))
		return no(s, "a number too long");
	memcpy(copy, from, (size_t)(s->p - from));
	copy[s->p - from] = '\0';
	errno = 0;
	n = strtoll(copy, NULL, 10);
	if (whole && (errno != 0 || n > JS_INT_MAX || n < -JS_INT_MAX))
		return no(s, "a number out of range");
	if (!whole &&
	    (strtod(copy, NULL) > 1e300 || strtod(copy, NULL) < -1e300))
		return no(s, "a number out of range");
	return 1;
}

static int
object(struct scan *s, int depth)
{
	int first = s->nkeys, i;
	struct key *key;

	if (s->objects++ == JS_KEYS_MAX)
		return no(s, "more than 1000 objects");
	space(s);
	if (take(s, '}'))
		return 1;
	do {
		space(s);
		if (s->all++ == JS_KEYS_MAX)
			return no(s, "more than 1000 keys");
		key = &s->keys[s->nkeys];
		if (!string(s, key))
			return 0;
		for (i = first; i < s->nkeys; i++)
			if (s->keys[i].n == key->n &&
			    memcmp(s->keys[i].p, key->p, key->n) == 0)
				return no(s, "the same key twice");
		s->nkeys++;
		space(s);
		if (!take(s, ':'))
			return no(s, "something that is not JSON");
		if (!value(s, depth))
			return 0;
		space(s);
	} while (take(s, ','));
	s->nkeys = first;
	return take(s, '}') ? 1 : no(s, "something that is not JSON");
}

static int
array(struct scan *s, int depth)
{
	if (s->lists++ == JS_LISTS_MAX)
		return no(s, "more than 128000 lists");
	space(s);
	if (take(s, ']'))
		return 1;
	do {
		if (!value(s, depth))
			return 0;
		space(s);
	} while (take(s, ','));
	return take(s, ']') ? 1 : no(s, "something that is not JSON");
}

static int
word(struct scan *s, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
		return no(s, "something that is not JSON");
	s->p += n;
	return 1;
}

static int
value(struct scan *s, int depth)
{
	space(s);
	if (s->p == s->end)
		return no(s, "nothing where a value should be");
	if (depth == JS_DEPTH_MAX)
		return no(s, "more than 16 levels");
	if (s->values++ == JS_VALUES_MAX)
		return no(s, "more than 512000 values");
	switch (*s->p) {
	case '{':
		s->p++;
		return object(s, depth + 1);
	case '[':
		s->p++;
		return array(s, depth + 1);
	case '"':
		return string(s, NULL);
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	default:
		return number(s);
	}
}

static void
put(void *o)
{
	json_object_put(o);
}

enum rc
js_parse(struct arena *a, const char *text, size_t len,
    struct json_object **out, const char **why)
{
	struct scan *s = arena_alloc(a, sizeof(*s));
	struct json_tokener *tok;
	struct json_object *o;

	s->p = text;
	s->end = text + len;
	if (valid_utf8(text, len) != len)
		no(s, "bytes that are not UTF-8");
	else if (value(s, 0)) {
		space(s);
		if (s->p != s->end)
			no(s, "something after the value");
	}
	if (s->why != NULL) {
		*why = s->why;
		return RC_MALFORMED;
	}
	/*
	 * A level of json-c's is not one of ours: its scalars count.  Not
	 * strictly: that is done, and json-c 0.18 then takes a byte above 127
	 * for a control character.
	 */
	if ((tok = json_tokener_new_ex(JS_DEPTH_MAX + 1)) == NULL)
		abort();
	o = json_tokener_parse_ex(tok, text, (int)len);
	if (json_tokener_get_error(tok) == json_tokener_continue)
		o = json_tokener_parse_ex(tok, "", 1);
	*why = json_tokener_error_desc(json_tokener_get_error(tok));
	len = json_tokener_get_error(tok) == json_tokener_success;
	json_tokener_free(tok);
	arena_defer(a, put, o);
	if (!len)
		return RC_MALFORMED;
	*out = o;
	return RC_OK;
}

void
js_error(struct js_errors *errors, const char *field, const struct fault *f)
{
	if (errors->n == JS_ERRORS_MAX)
		return;
	errors->e[errors->n].field = field;
	errors->e[errors->n++].fault = *f;
}

static int
chosen(const char *choices, const char *v)
{
	size_t n = strlen(v);

	for (; choices != NULL; choices = strchr(choices, '|')) {
		choices += *choices == '|';
		if (n == strcspn(choices, "|") && strncmp(choices, v, n) == 0)
			return 1;
	}
	return 0;
}

enum rc
js_check_text(struct arena *a, const struct js_field *f, const char *v,
    struct js_errors *errors)
{
	const struct fault *fault = NULL;
	long n = (long)strlen(v);
	struct fault own;
	char *end;

	if (f->type == JS_INT) {
		errno = 0;
		n = strtol(v, &end, 10);
		if (end == v || *end != '\0' || errno != 0 || *v == '+' ||
		    *v == ' ') {
			own = (struct fault){ "type", "integer",
				"give a whole number" };
			fault = &own;
		}
	}
	if (fault == NULL && f->max > 0 && (n < f->min || n > f->max)) {
		own.code = f->type == JS_INT ? "range" : "length";
		own.limit =
		    arena_printf(a, "%ld", n > f->max ? f->max : f->min);
		own.message = arena_printf(a, "give %ld to %ld%s", f->min,
		    f->max, f->type == JS_INT ? "" : " bytes");
		fault = &own;
	} else if (fault == NULL && f->choices != NULL &&
	    !chosen(f->choices, v)) {
		own = (struct fault){ "choice", f->choices,
			arena_printf(a, "give one of %s", f->choices) };
		fault = &own;
	} else if (fault == NULL && f->check != NULL)
		fault = f->check(v);
	if (fault == NULL)
		return RC_OK;
	js_error(errors, f->name, fault);
	return RC_INVALID;
}

/* clang-format off */
static const struct {
	enum json_type	 type;
	struct fault	 fault;
} types[] = {
	[JS_STRING] = { json_type_string,  { "type", "string", "give a string" } },
	[JS_INT]    = { json_type_int,	   { "type", "integer", "give a whole number" } },
	[JS_BOOL]   = { json_type_boolean, { "type", "boolean", "give true or false" } },
	[JS_ARRAY]  = { json_type_array,   { "type", "array", "give a list" } },
};
/* clang-format on */

static void
check_one(struct arena *a, struct json_object *v, const struct js_field *f,
    struct js_errors *errors)
{
	if (!json_object_is_type(v, types[f->type].type))
		js_error(errors, f->name, &types[f->type].fault);
	else if (f->type == JS_STRING || f->type == JS_INT)
		(void)!js_check_text(a, f, json_object_get_string(v), errors);
}

enum rc
js_check(struct arena *a, struct json_object *o, const struct js_field *fields,
    struct js_errors *errors)
{
	static const struct fault unknown = { "unknown", "",
		"there is no such field; leave it out" };
	static const struct fault missing = { "required", "",
		"give this field" };
	const struct js_field *f;
	struct json_object *v;
	int before = errors->n;

	json_object_object_foreach(o, name, ignored)
	{
		(void)ignored;
		for (f = fields; f != NULL && f->name != NULL; f++)
			if (strcmp(f->name, name) == 0)
				break;
		if (f == NULL || f->name == NULL)
			js_error(errors, arena_strndup(a, name, strlen(name)),
			    &unknown);
	}
	for (f = fields; f != NULL && f->name != NULL; f++)
		if (json_object_object_get_ex(o, f->name, &v) && v != NULL)
			check_one(a, v, f, errors);
		else if (f->flags & JS_REQUIRED)
			js_error(errors, f->name, &missing);
	return errors->n == before ? RC_OK : RC_INVALID;
}

const char *
js_string(struct json_object *o, const char *name)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, name, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

long long
js_int(struct json_object *o, const char *name, long long preset)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, name, &v) ||
	    !json_object_is_type(v, json_type_int))
		return preset;
	return json_object_get_int64(v);
}

int
js_bool(struct json_object *o, const char *name, int preset)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, name, &v) ||
	    !json_object_is_type(v, json_type_boolean))
		return preset;
	return json_object_get_boolean(v);
}

const char *
js_quote(struct arena *a, const char *s)
{
	size_t n = strlen(s);
	int plain = valid_utf8(s, n) != n;
	char *q = arena_alloc(a, n * 6 + 3), *p = q;

	for (*p++ = '"'; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\') {
			*p++ = '\\';
			*p++ = *s;
		} else if ((unsigned char)*s < ' ' || *s == 0x7f) {
			memcpy(p, "\\u00", 4);
			p[4] = "0123456789abcdef"[(unsigned char)*s >> 4];
			p[5] = "0123456789abcdef"[*s & 15];
			p += 6;
		} else
			*p++ = plain && (unsigned char)*s >= 0x80 ? '?' : *s;
	}
	*p++ = '"';
	*p = '\0';
	return q;
}

/*
 * toml -- statements, tables and arrays.
 *
 * What a later line may still add to a table depends on how the table came to
 * be; that is kept beside each, as its "user data".
 */
#include <json-c/json.h>
#include <string.h>

#include "toml-scan.h"
#include "valid.h"

/* How a table or array came to be. */
struct origin {
	int declared; /* by a header of its own */
	int section;  /* dotted keys of that section made it; 0: none did */
	int closed;   /* written as a value: nothing is added to it */
	int line;
};

struct key {
	char *part[TOML_KEY_MAX];
	int n;
};

static enum rc value(struct scan *, struct json_object **);

enum rc
toml_fault(struct scan *s, const char *why)
{
	if (s->why == NULL)
		s->why = arena_printf(s->arena, "line %d: %s", s->line, why);
	return RC_INVALID;
}

static void
clear(void *json)
{
	json_object_put(json);
}

static struct json_object *
with_origin(struct scan *s, struct json_object *o)
{
	struct origin *was = arena_alloc(s->arena, sizeof(*was));

	was->line = s->line;
	json_object_set_userdata(o, was, NULL);
	return o;
}

static struct json_object *
new_table(struct scan *s)
{
	return with_origin(s, json_object_new_object());
}

static struct origin *
origin(struct json_object *o)
{
	return json_object_get_userdata(o);
}

unsigned int
toml_line(struct json_object *o)
{
	return o != NULL && origin(o) != NULL ? (unsigned int)origin(o)->line :
						1;
}

static struct json_object *
member(struct json_object *table, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(table, name, &v) ? v : NULL;
}

static void
space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
}

static int
newline(struct scan *s)
{
	if (toml_peek(s, 0) == '\r' && toml_peek(s, 1) == '\n')
		s->p++;
	if (!toml_take(s, '\n'))
		return 0;
	s->line++;
	return 1;
}

static enum rc
comment(struct scan *s)
{
	int c;

	if (toml_peek(s, 0) != '#')
		return RC_OK;
	while ((c = toml_peek(s, 0)) != -1 && c != '\n') {
		if (c == '\r' && toml_peek(s, 1) == '\n')
			break;
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return toml_fault(s, "a control character");
		s->p++;
	}
	return RC_OK;
}

/* White space, comments and ends of lines. */
static enum rc
blank(struct scan *s)
{
	enum rc rc;

	do {
		space(s);
		if ((rc = comment(s)) != RC_OK)
			return rc;
	} while (newline(s));
	return RC_OK;
}

static int
bare(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static enum rc
read_key(struct scan *s, struct key *k)
{
	const char *from;
	size_t len;
	enum rc rc;
	int c;

	for (k->n = 0;; k->n++) {
		if (k->n == TOML_KEY_MAX)
			return toml_fault(s, "a key of too many parts");
		if ((c = toml_peek(s, 0)) == '"' || c == '\'') {
			if ((rc = toml_string(s, &len)) != RC_OK)
				return rc;
			k->part[k->n] = arena_strndup(s->arena, s->room, len);
		} else {
			for (from = s->p; bare(toml_peek(s, 0)); s->p++)
				;
			if (from == s->p)
				return toml_fault(s, "a key is missing");
			k->part[k->n] = arena_strndup(s->arena, from,
			    (size_t)(s->p - from));
		}
		space(s);
		if (!toml_take(s, '.'))
			break;
		space(s);
	}
	k->n++;
	return RC_OK;
}

/* One step down for a header; makes the table that is not there. */
static enum rc
descend(struct scan *s, struct json_object **at, const char *name)
{
	struct json_object *next = member(*at, name);

	if (next == NULL) {
		next = new_table(s);
		json_object_object_add(*at, name, next);
	}
	if (json_object_is_type(next, json_type_array) && !origin(next)->closed)
		next = json_object_array_get_idx(next,
		    json_object_array_length(next) - 1);
	if (!json_object_is_type(next, json_type_object) ||
	    origin(next)->closed)
		return toml_fault(s, "this is a value already");
	*at = next;
	return RC_OK;
}

static enum rc
open_table(struct scan *s, struct json_object *root, const struct key *k,
    struct json_object **table)
{
	struct json_object *at = root, *old;
	enum rc rc;
	int i;

	for (i = 0; i < k->n - 1; i++)
		if ((rc = descend(s, &at, k->part[i])) != RC_OK)
			return rc;
	old = member(at, k->part[i]);
	if (json_object_is_type(old, json_type_array) ||
	    (old != NULL && json_object_is_type(old, json_type_object) &&
		(origin(old)->declared || origin(old)->section != 0)))
		return toml_fault(s, "this table was there before");
	if ((rc = descend(s, &at, k->part[i])) != RC_OK)
		return rc;
	origin(at)->declared = 1;
	origin(at)->line = s->line;
	*table = at;
	return RC_OK;
}

/* [[a.b]]: one more table in an array. */
static enum rc
open_element(struct scan *s, struct json_object *root, const struct key *k,
    struct json_object **table)
{
	struct json_object *at = root, *list;
	enum rc rc;
	int i;

	for (i = 0; i < k->n - 1; i++)
		if ((rc = descend(s, &at, k->part[i])) != RC_OK)
			return rc;
	if ((list = member(at, k->part[i])) == NULL) {
		list = with_origin(s, json_object_new_array());
		json_object_object_add(at, k->part[i], list);
	}
	if (!json_object_is_type(list, json_type_array) || origin(list)->closed)
		return toml_fault(s, "this is a value already");
	*table = new_table(s);
	origin(*table)->declared = 1;
	json_object_array_add(list, *table);
	return RC_OK;
}

/* a.b.c = value, in a table. */
static enum rc
assignment(struct scan *s, struct json_object *at, int section)
{
	struct json_object *next, *v;
	struct key k;
	enum rc rc;
	int i;

	if ((rc = read_key(s, &k)) != RC_OK)
		return rc;
	if (!toml_take(s, '='))
		return toml_fault(s, "a \"=\" is missing after the key");
	space(s);
	if ((rc = value(s, &v)) != RC_OK)
		return rc;
	for (i = 0; i < k.n - 1; i++, at = next) {
		if ((next = member(at, k.part[i])) == NULL) {
			next = new_table(s);
			json_object_object_add(at, k.part[i], next);
		}
		if (!json_object_is_type(next, json_type_object) ||
		    origin(next)->closed || origin(next)->declared ||
		    (origin(next)->section != 0 &&
			origin(next)->section != section)) {
			json_object_put(v);
			return toml_fault(s, "this key has a value already");
		}
		origin(next)->section = section;
	}
	if (member(at, k.part[i]) != NULL) {
		json_object_put(v);
		return toml_fault(s, "this key has a value already");
	}
	json_object_object_add(at, k.part[i], v);
	return RC_OK;
}

static enum rc
array(struct scan *s, struct json_object *list)
{
	struct json_object *v;
	enum rc rc;

	for (;;) {
		if ((rc = blank(s)) != RC_OK)
			return rc;
		if (toml_take(s, ']'))
			return RC_OK;
		if ((rc = value(s, &v)) != RC_OK)
			return rc;
		json_object_array_add(list, v);
		if ((rc = blank(s)) != RC_OK)
			return rc;
		if (toml_take(s, ','))
			continue;
		return toml_take(s, ']') ?
		    RC_OK :
		    toml_fault(s, "an array that does not end");
	}
}

static enum rc
inline_table(struct scan *s, struct json_object *table)
{
	int section = ++s->sections;
	enum rc rc;

	space(s);
	if (toml_take(s, '}'))
		return RC_OK;
	for (;;) {
		space(s);
		if ((rc = assignment(s, table, section)) != RC_OK)
			return rc;
		space(s);
		if (toml_take(s, ','))
			continue;
		return toml_take(s, '}') ?
		    RC_OK :
		    toml_fault(s, "a table that does not end in its line");
	}
}

/* Nothing is added later to what was written as a value. */
static void
close_all(struct json_object *o)
{
	struct origin *was = origin(o);

	if (was->closed)
		return;
	was->closed = 1;
	if (!json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, name, v)
	{
		(void)name;
		if (json_object_is_type(v, json_type_object))
			close_all(v);
	}
}

static enum rc
value(struct scan *s, struct json_object **v)
{
	enum rc rc;
	int line;

	*v = NULL;
	if (toml_peek(s, 0) != '[' && toml_peek(s, 0) != '{') {
		line = s->line;
		if ((rc = toml_scalar(s, v)) == RC_OK)
			origin(with_origin(s, *v))->line = line;
		return rc;
	}
	if (++s->depth > TOML_DEPTH_MAX)
		return toml_fault(s, "this goes too deep");
	if (toml_take(s, '[')) {
		*v = with_origin(s, json_object_new_array());
		rc = array(s, *v);
	} else {
		s->p++;
		*v = new_table(s);
		rc = inline_table(s, *v);
	}
	s->depth--;
	if (rc == RC_OK) {
		close_all(*v);
		return RC_OK;
	}
	json_object_put(*v);
	*v = NULL;
	return rc;
}

static enum rc
header(struct scan *s, struct json_object *root, struct json_object **table)
{
	struct key k;
	enum rc rc;
	int twice;

	s->p++;
	twice = toml_take(s, '[');
	space(s);
	if ((rc = read_key(s, &k)) != RC_OK)
		return rc;
	if (!toml_take(s, ']') || (twice && !toml_take(s, ']')))
		return toml_fault(s,
		    twice ? "the \"[[\" has no \"]]\"" :
			    "the \"[\" has no \"]\"");
	s->sections++;
	return twice ? open_element(s, root, &k, table) :
		       open_table(s, root, &k, table);
}

static enum rc
document(struct scan *s, struct json_object *root)
{
	struct json_object *table = root;
	int section = ++s->sections;
	enum rc rc;

	for (;;) {
		if ((rc = blank(s)) != RC_OK)
			return rc;
		if (s->p == s->end)
			return RC_OK;
		if (*s->p == '[') {
			rc = header(s, root, &table);
			section = s->sections;
		} else
			rc = assignment(s, table, section);
		if (rc != RC_OK)
			return rc;
		space(s);
		if ((rc = comment(s)) != RC_OK)
			return rc;
		if (s->p != s->end && !newline(s))
			return toml_fault(s, "something after the value");
	}
}

enum rc
toml_parse(struct arena *a, const char *text, size_t n,
    struct json_object **out, const char **why)
{
	struct scan s = { .arena = a, .p = text, .end = text + n, .line = 1 };
	struct json_object *root;
	enum rc rc = RC_OK;

	*out = NULL;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		s.p += 3;
	if (n > TOML_MAX)
		rc = toml_fault(&s, "more than 1 MiB");
	else if (valid_utf8(text, n) != n)
		rc = toml_fault(&s, "this is not UTF-8");
	if (rc == RC_OK) {
		s.room = arena_alloc(a, n + 1);
		root = new_table(&s);
		arena_defer(a, clear, root);
		if ((rc = document(&s, root)) == RC_OK)
			*out = root;
	}
	*why = s.why;
	return rc;
}

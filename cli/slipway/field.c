/*
 * field -- reading answers and writing requests.
 *
 * Names go down with dots: "project.slug".  Absent, null and of another type
 * are the same: the preset.
 */
#include <string.h>

#include "slipway.h"

static void
clear(void *json)
{
	json_object_put(json);
}

struct json_object *
field(struct json_object *o, const char *name)
{
	char part[64];
	size_t n;

	for (; o != NULL && *name != '\0'; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		snprintf(part, sizeof(part), "%.*s", (int)n, name);
		if (!json_object_is_type(o, json_type_object) ||
		    !json_object_object_get_ex(o, part, &o))
			return NULL;
	}
	return o;
}

size_t
field_length(struct json_object *o, const char *name)
{
	struct json_object *list = field(o, name);

	return json_object_is_type(list, json_type_array) ?
	    json_object_array_length(list) :
	    0;
}

const char *
str_or(struct json_object *o, const char *name, const char *preset)
{
	struct json_object *v = field(o, name);

	return json_object_is_type(v, json_type_string) ?
	    json_object_get_string(v) :
	    preset;
}

long long
num(struct json_object *o, const char *name)
{
	return json_object_get_int64(field(o, name));
}

bool
truth(struct json_object *o, const char *name)
{
	return json_object_get_boolean(field(o, name));
}

/* A new object that dies with the arena. */
struct json_object *
object(struct cli *c)
{
	struct json_object *o = json_object_new_object();

	arena_defer(c->arena, clear, o);
	return o;
}

/* NULL: leaves it out. */
void
put(struct json_object *o, const char *name, const char *value)
{
	if (value != NULL)
		json_object_object_add(o, name, json_object_new_string(value));
}

void
put_flag(struct cli *c, struct json_object *o, const char *flag,
    const char *name)
{
	put(o, name, flag_value(c, flag));
}

const char *
rule_place(struct cli *c, struct json_object *rule)
{
	const char *file = str_or(rule, "file", "");
	const char *entry = str_or(rule, "entry", NULL);

	if (entry != NULL)
		return arena_printf(c->arena, "%s %s", file, entry);
	if (num(rule, "line") == 0)
		return file;
	return arena_printf(c->arena, "%s:%lld", file, num(rule, "line"));
}

/*
 * A vercel.json: whatever is taken of it compiles to a table, and whatever is
 * not is refused with a reason.
 */
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "rules/compile.h"
#include "rules/vercel.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	struct table *t;
	struct json_object *o;
	struct rules r;
	const char *why;
	size_t i, size, taken;
	void *p;

	rules_init(&r, a);
	if (js_parse(a, (const char *)data, n, &o, &why) != RC_OK ||
	    !json_object_is_type(o, json_type_object))
		goto out;
	vercel_read(&r, "vercel.json", o);
	taken = r.n;
	for (i = 0; i < r.nrefused; i++)
		if (r.refused[i].text == NULL || *r.refused[i].why == '\0')
			abort();
	if (rules_compile(&r, &p, &size) != RC_OK || r.n != taken ||
	    table_open(&t, p, size) != RC_OK)
		abort();
	table_close(t);
out:
	arena_free(a);
	return 0;
}

/* lib/toml: whatever comes, it ends; and what passes prints as JSON. */
#include <json-c/json_object.h>
#include <stdint.h>
#include <stdlib.h>

#include "toml.h"
#include "valid.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	struct json_object *o;
	const char *why;

	if (toml_parse(a, (const char *)data, n, &o, &why) == RC_OK) {
		if (why != NULL || valid_utf8((const char *)data, n) != n ||
		    json_object_to_json_string(o) == NULL)
			abort();
	} else if (why == NULL)
		abort();
	arena_free(a);
	return 0;
}

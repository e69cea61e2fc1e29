/*
 * toml-cat -- reads documents, each after a line with its length, and answers
 * each with a line: "+" and the JSON, or "-" and why it is none.
 */
#include <json-c/json_object.h>
#include <stdio.h>
#include <stdlib.h>

#include "toml.h"

int
main(void)
{
	struct arena *a = arena_new();
	struct json_object *o;
	const char *why;
	char *text;
	size_t n;

	while (scanf("%zu%*1[\n]", &n) == 1) {
		text = arena_alloc(a, n + 1);
		if (fread(text, 1, n, stdin) != n)
			return 1;
		if (toml_parse(a, text, n, &o, &why) == RC_OK)
			printf("+%s\n",
			    json_object_to_json_string_ext(o,
				JSON_C_TO_STRING_PLAIN));
		else
			printf("-%s\n", why);
		fflush(stdout);
		arena_reset(a);
	}
	arena_free(a);
	return 0;
}

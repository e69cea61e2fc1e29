/*
 * cli/slipway/clean, colour and ignore: what is shown has nothing that a
 * terminal obeys but colours of ours, and shown again it is the same; patterns
 * end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/slipway/clean.c"
#include "cli/slipway/colour.c"
#include "ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A list, and after its end a text, that a server may send. */
static void
painted(struct arena *a, const uint8_t *data, size_t n)
{
	const uint8_t *nl = memchr(data, '\n', n);
	struct json_object *list;
	char *out = NULL, *p;
	size_t len;
	FILE *f;

	if (nl == NULL)
		return;
	list = json_tokener_parse(
	    arena_strndup(a, (const char *)data, (size_t)(nl - data)));
	f = open_memstream(&out, &len);
	if (json_object_is_type(list, json_type_array))
		colour_line(a, f,
		    arena_strndup(a, (const char *)nl + 1,
			n - 1 - (size_t)(nl - data)),
		    list);
	fclose(f);
	for (p = out; *p != '\0'; p++) {
		if (p[0] == '\033' && p[1] == '[') {
			p += 2 + strspn(p + 2, "0123456789;");
			if (*p != 'm')
				abort();
		} else if (((unsigned char)*p < 0x20 && *p != '\t') ||
		    *p == 0x7f)
			abort();
	}
	free(out);
	json_object_put(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	const char *text = clean_n(a, (const char *)data, n), *p;
	struct ignore *ig = ignore_new(a, NULL, "");
	char codes[COLOUR_CODES];

	for (p = text; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			abort();
	if (strcmp(clean_n(a, text, strlen(text)), text) != 0)
		abort();
	colour_codes(arena_strndup(a, (const char *)data, n), codes);
	if (codes[strspn(codes, "0123456789;")] != '\0')
		abort();
	painted(a, data, n);
	if (n < 512) {
		ignore_add(ig, (const char *)data, n);
		ignored(ig, "src/some folder/file.name.txt", false);
		ignored(ig, text, true);
	}
	arena_free(a);
	return 0;
}

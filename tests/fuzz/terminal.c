/*
 * cli/slipway/clean and ignore: what is shown has nothing that a terminal
 * obeys, and shown again it is the same; patterns end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/slipway/clean.c"
#include "cli/slipway/ignore.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	const char *text = clean_n(a, (const char *)data, n), *p;
	struct ignore *ig = ignore_new(a, NULL, "");

	for (p = text; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			abort();
	if (strcmp(clean_n(a, text, strlen(text)), text) != 0)
		abort();
	if (n < 512) {
		ignore_add(ig, (const char *)data, n);
		ignored(ig, "src/some folder/file.name.txt", false);
		ignored(ig, text, true);
	}
	arena_free(a);
	return 0;
}

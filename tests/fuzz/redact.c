/*
 * builderd/redact: the first line is a value, the rest a text that is cut
 * somewhere.  Nothing of the value is left, and nothing grows.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builderd/redact.c"
#include "builderd/secret.c"
#include "builderd/text.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	struct redactor *r = redact_new(a);
	const uint8_t *nl = memchr(data, '\n', n);
	size_t k, len, cut, state = 0;
	char *text, *value;

	if (nl == NULL)
		goto out;
	k = (size_t)(nl - data);
	value = arena_strndup(a, (const char *)data, k);
	redact_add(r, "V", value);
	n -= k + 1;
	text = arena_strndup(a, (const char *)nl + 1, n);
	cut = n / 2;
	len = redact(r, text, n, &cut);
	if (len > n || cut > len)
		abort();
	/* Of letters and digits a value stays as it is, wherever it is. */
	for (k = 0; value[k] != '\0'; k++)
		state += value[k] < '0' || value[k] > '9';
	if (k >= REDACT_MIN && state == 0 &&
	    memmem(text, len, value, k) != NULL)
		abort();
out:
	arena_free(a);
	return 0;
}

/*
 * fcgi-api/token: nothing passes but what we would make.  Input that starts
 * with "+" is a header and claims, a line each, which are then signed well.
 */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi-api/token.c"

#define NOW 1800000000L

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *
b64(struct arena *a, const void *p, size_t n)
{
	size_t size = sodium_base64_ENCODED_LEN(n,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	return sodium_bin2base64(arena_alloc(a, size), size, p, n,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct keys keys = { .n = 1, .k = { { "a", { 1, 2, 3 } } } };
	struct arena *a = arena_new();
	unsigned char mac[32];
	const char *text = arena_strndup(a, (const char *)data, n), *line;
	struct token t;
	int ours = *text == '+';

	if (ours) {
		n = strcspn(++text, "\n");
		line = text + n + (text[n] == '\n');
		text = arena_printf(a, "%s.%s", b64(a, text, n),
		    b64(a, line, strlen(line)));
		crypto_auth_hmacsha256(mac, (const unsigned char *)text,
		    strlen(text), keys.k[0].key);
		text = arena_printf(a, "%s.%s", text, b64(a, mac, 32));
	}
	if (token_verify(a, &keys, "https://i", text, NOW, &t) == RC_OK &&
	    (!ours || strlen(t.user) < 5 || strlen(t.session) < 5 ||
		strspn(t.epoch, "0123456789") != strlen(t.epoch)))
		abort();
	arena_free(a);
	return 0;
}

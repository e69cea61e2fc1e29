/*
 * Where the next page of a list starts.
 *
 * It is opaque and signed, so that it can mean something else tomorrow and
 * nobody builds their own.
 */
#include <sodium.h>
#include <string.h>

#include "api.h"

#define MAC_SIZE 12
#define AT_MAX   256

static void
sign(struct req *r, const char *kind, const char *at, unsigned char mac[32])
{
	const char *text = arena_printf(r->arena, "cursor %s %s", kind, at);

	crypto_auth_hmacsha256(mac, (const unsigned char *)text, strlen(text),
	    r->w->token_keys.k[0].key);
}

const char *
cursor_make(struct req *r, const char *kind, const char *at)
{
	unsigned char mac[32], raw[MAC_SIZE + AT_MAX];
	size_t n = strlen(at), size;
	char *out;

	if (n > AT_MAX)
		return "";
	sign(r, kind, at, mac);
	memcpy(raw, mac, MAC_SIZE);
	memcpy(raw + MAC_SIZE, at, n);
	size = sodium_base64_ENCODED_LEN(MAC_SIZE + n,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	out = arena_alloc(r->arena, size);
	return sodium_bin2base64(out, size, raw, MAC_SIZE + n,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* RC_OK with NULL if there is none; RC_INVALID if it is not one of ours. */
enum rc
cursor_read(struct req *r, const char *kind, const char **at)
{
	unsigned char mac[32], raw[MAC_SIZE + AT_MAX + 1];
	static const struct fault foreign = { "unknown", "",
		"this list did not give that cursor; start without" };
	const char *s = req_query(r, "cursor"), *end;
	size_t n;

	*at = NULL;
	if (s == NULL)
		return RC_OK;
	if (sodium_base642bin(raw, sizeof(raw) - 1, s, strlen(s), NULL, &n,
		&end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	    *end == '\0' && n > MAC_SIZE) {
		raw[n] = '\0';
		*at = arena_strndup(r->arena, (char *)raw + MAC_SIZE,
		    n - MAC_SIZE);
		sign(r, kind, *at, mac);
		if (sodium_memcmp(mac, raw, MAC_SIZE) == 0)
			return RC_OK;
	}
	return req_fault(r, "cursor", &foreign);
}

const char *
page_size(const struct req *r)
{
	const char *s = req_query(r, "limit");

	return s != NULL ? s : "20";
}

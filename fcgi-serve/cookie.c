#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cookie.h"

#define TIME_DIGITS 10 /* good until the year 2286 */
#define MAC_DIGITS  43 /* 32 bytes in base64 */

enum rc
cookie_make(const char *key, const char *host, time_t ends,
    char value[COOKIE_SIZE])
{
	unsigned char k[crypto_auth_hmacsha256_KEYBYTES];
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state s;
	char time[TIME_DIGITS + 1];
	size_t n;

	if (sodium_hex2bin(k, sizeof(k), key, strlen(key), NULL, &n, NULL) !=
		0 ||
	    n != sizeof(k) || ends < 0 || ends > 9999999999)
		return RC_FAIL;
	snprintf(time, sizeof(time), "%010lld", (long long)ends);
	crypto_auth_hmacsha256_init(&s, k, sizeof(k));
	crypto_auth_hmacsha256_update(&s, (const unsigned char *)time,
	    TIME_DIGITS);
	crypto_auth_hmacsha256_update(&s, (const unsigned char *)host,
	    strlen(host));
	crypto_auth_hmacsha256_final(&s, mac);
	memcpy(value, time, TIME_DIGITS);
	value[TIME_DIGITS] = '.';
	sodium_bin2base64(value + TIME_DIGITS + 1,
	    COOKIE_SIZE - TIME_DIGITS - 1, mac, sizeof(mac),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(k, sizeof(k));
	return RC_OK;
}

int
cookie_ok(const char *key, const char *host, time_t now, const char *value)
{
	char want[COOKIE_SIZE];
	long long ends = 0;
	int i;

	if (strlen(value) != TIME_DIGITS + 1 + MAC_DIGITS)
		return 0;
	for (i = 0; i < TIME_DIGITS; i++) {
		if (value[i] < '0' || value[i] > '9')
			return 0;
		ends = ends * 10 + (value[i] - '0');
	}
	if (ends <= now || ends > now + COOKIE_SECONDS)
		return 0;
	return cookie_make(key, host, ends, want) == RC_OK &&
	    sodium_memcmp(want, value, TIME_DIGITS + 1 + MAC_DIGITS) == 0;
}

const char *
cookie_find(struct arena *a, const char *header, const char *name)
{
	const char *found = NULL, *s = header;
	size_t n, len = strlen(name);

	for (; *s != '\0'; s += n + (s[n] == ';')) {
		s += strspn(s, " \t");
		n = strcspn(s, ";");
		if (n <= len || strncmp(s, name, len) != 0 || s[len] != '=')
			continue;
		if (found != NULL)
			return NULL;
		found = arena_strndup(a, s + len + 1, n - len - 1);
	}
	return found;
}

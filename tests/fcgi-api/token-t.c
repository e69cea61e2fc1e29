/* fcgi-api/token: one form of access token, and many that are not it. SEC-40 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "fcgi-api/token.h"
#include "tap.h"

#define NOW    1800000000L
#define ISSUER "https://slipway.example"
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\"}"
#define CLAIMS(sub, iat, nbf, exp, more)                              \
	"{\"iss\":\"" ISSUER "\",\"aud\":\"slipway\",\"typ\":\"at\"," \
	"\"sub\":" sub ",\"sid\":\"ses_abcdefghijkl\",\"jti\":\"x\"," \
	"\"epoch\":0,\"iat\":" iat ",\"nbf\":" nbf ",\"exp\":" exp more "}"
#define GOOD                                                       \
	CLAIMS("\"usr_abcdefghijkl\"", "1799999999", "1799999999", \
	    "1800000600", "")

static struct arena *a;
static struct keys keys = { .n = 2,
	.k = { { "a", { 1, 2, 3, 4, 5 } }, { "b", { 9, 8, 7, 6 } } } };

static const char *
b64(const void *p, size_t n)
{
	size_t size = sodium_base64_ENCODED_LEN(n,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	return sodium_bin2base64(arena_alloc(a, size), size, p, n,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* A token of those parts, signed right with the key given. */
static const char *
made(const char *header, const char *claims, const unsigned char *key)
{
	const char *text = arena_printf(a, "%s.%s", b64(header, strlen(header)),
	    b64(claims, strlen(claims)));
	unsigned char mac[32];

	crypto_auth_hmacsha256(mac, (const unsigned char *)text, strlen(text),
	    key);
	return arena_printf(a, "%s.%s", text, b64(mac, sizeof(mac)));
}

static enum rc
verify(const char *text, time_t now)
{
	struct token t;

	return token_verify(a, &keys, ISSUER, text, now, &t);
}

/* clang-format off */
static const struct {
	const char *header, *claims, *what;
} signed_well[] = {
	{ "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg none" },
	{ "{\"alg\":\"None\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg None" },
	{ "{\"alg\":\"NONE\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg NONE" },
	{ "{\"alg\":\"\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg empty" },
	{ "{\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "no alg" },
	{ "{\"alg\":null,\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg null" },
	{ "{\"alg\":\"hs256\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg hs256" },
	{ "{\"alg\":\"HS384\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg HS384" },
	{ "{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg HS512" },
	{ "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg RS256" },
	{ "{\"alg\":[\"HS256\"],\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg in a list" },
	{ "{\"alg\":\"HS256\",\"kid\":\"a\"}", GOOD, "no typ" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWE\",\"kid\":\"a\"}", GOOD, "another typ" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", GOOD, "no kid" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"z\"}", GOOD, "unknown kid" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"../a\"}", GOOD, "kid as a path" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"' OR 1\"}", GOOD, "kid as SQL" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":1}", GOOD, "kid a number" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\\u0000\"}", GOOD, "kid with NUL" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\",\"jku\":\"https://x\"}", GOOD, "jku" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\",\"x5u\":\"https://x\"}", GOOD, "x5u" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\",\"jwk\":{}}", GOOD, "jwk" },
	{ "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\",\"crit\":[\"x\"]}", GOOD, "crit" },
	{ "{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD, "alg twice" },
	{ "[]", GOOD, "a header that is a list" },
	{ "", GOOD, "an empty header" },
	{ HEADER, "", "no claims" },
	{ HEADER, "{}", "empty claims" },
	{ HEADER, "[]", "claims that are a list" },
	{ HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":\"slipway\",\"typ\":\"at\",\"sub\":\"usr_abcdefghijkl\",\"sid\":\"ses_abcdefghijkl\",\"jti\":\"x\",\"epoch\":0,\"iat\":1799999999,\"nbf\":1799999999}", "no exp" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "1800000000", ""), "exp is now" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999000", "1799999000", "1799999999", ""), "exp is past" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "1800000600.5", ""), "exp a fraction" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "1.8e10", ""), "exp with an exponent" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "\"1800000600\"", ""), "exp a string" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "-1", ""), "exp negative" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "99999999999999999999", ""), "exp huge" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "1899999999", ""), "exp in years" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "true", ""), "exp true" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "NaN", ""), "exp NaN" },
	{ HEADER, CLAIMS("\"usr_a\"", "1800000100", "1799999999", "1800000600", ""), "iat in the future" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1800000100", "1800000600", ""), "nbf in the future" },
	{ HEADER, CLAIMS("7", "1799999999", "1799999999", "1800000600", ""), "sub a number" },
	{ HEADER, CLAIMS("\"\"", "1799999999", "1799999999", "1800000600", ""), "sub empty" },
	{ HEADER, CLAIMS("\"usr_a\\u0000b\"", "1799999999", "1799999999", "1800000600", ""), "sub with NUL" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "1800000600", ",\"sub\":\"usr_b\""), "sub twice" },
	{ HEADER, CLAIMS("\"usr_a\"", "1799999999", "1799999999", "1800000600", ",\"admin\":true"), "a claim too many" },
	{ HEADER, "{\"iss\":\"https://other\",\"aud\":\"slipway\",\"typ\":\"at\",\"sub\":\"usr_a\",\"sid\":\"ses_a\",\"jti\":\"x\",\"epoch\":0,\"iat\":1799999999,\"nbf\":1799999999,\"exp\":1800000600}", "another iss" },
	{ HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":\"other\",\"typ\":\"at\",\"sub\":\"usr_a\",\"sid\":\"ses_a\",\"jti\":\"x\",\"epoch\":0,\"iat\":1799999999,\"nbf\":1799999999,\"exp\":1800000600}", "another aud" },
	{ HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":\"slipway\",\"typ\":\"rt\",\"sub\":\"usr_a\",\"sid\":\"ses_a\",\"jti\":\"x\",\"epoch\":0,\"iat\":1799999999,\"nbf\":1799999999,\"exp\":1800000600}", "another typ" },
	{ HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":[\"slipway\"],\"typ\":\"at\",\"sub\":\"usr_a\",\"sid\":\"ses_a\",\"jti\":\"x\",\"epoch\":0,\"iat\":1799999999,\"nbf\":1799999999,\"exp\":1800000600}", "aud in a list" },
	{ HEADER, GOOD " ]", "something after the claims" },
};
/* clang-format on */

int
main(void)
{
	struct token want = { "usr_abcdefghijkl", "ses_abcdefghijkl", "3" },
		     got = { 0 };
	static const unsigned char empty[32];
	const char *good, *own, *p;
	char *bad;
	size_t i, n;

	a = arena_new();
	if (sodium_init() == -1)
		return 1;
	ok(token_issue(a, &keys, ISSUER, &want, NOW, 600, &own) == RC_OK,
	    "one of ours");
	ok(token_verify(a, &keys, ISSUER, own, NOW, &got) == RC_OK, "is good");
	is(got.user, want.user, "its user");
	is(got.session, want.session, "its session");
	is(got.epoch, "3", "its epoch");
	ok(verify(own, NOW + 599) == RC_OK, "until it ends");
	ok(verify(own, NOW + 600) == RC_UNAUTHORIZED, "and no longer");
	ok(verify(own, NOW - 20) == RC_OK, "clocks may differ a little");
	ok(verify(own, NOW - 60) == RC_UNAUTHORIZED, "but not much");
	good = made(HEADER, GOOD, keys.k[0].key);
	ok(verify(good, NOW) == RC_OK, "one made by hand is the same");

	for (i = 0; i < NITEMS(signed_well); i++)
		ok(verify(made(signed_well[i].header, signed_well[i].claims,
			      keys.k[0].key),
		       NOW) == RC_UNAUTHORIZED,
		    "%s", signed_well[i].what);
	ok(verify(made(HEADER, GOOD, keys.k[1].key), NOW) == RC_UNAUTHORIZED,
	    "signed with the other key");
	ok(verify(made(HEADER, GOOD, empty), NOW) == RC_UNAUTHORIZED,
	    "signed with nothing");

	/* What is done to a good one afterwards. */
	n = strlen(good);
	p = strrchr(good, '.');
	ok(verify("", NOW) == RC_UNAUTHORIZED, "nothing");
	ok(verify("..", NOW) == RC_UNAUTHORIZED, "dots");
	ok(verify(arena_strndup(a, good, (size_t)(p - good)), NOW) ==
		RC_UNAUTHORIZED,
	    "two parts");
	ok(verify(arena_strndup(a, good, (size_t)(p - good + 1)), NOW) ==
		RC_UNAUTHORIZED,
	    "no signature");
	ok(verify(arena_printf(a, "%s.x", good), NOW) == RC_UNAUTHORIZED,
	    "four parts");
	ok(verify(arena_printf(a, "%s=", good), NOW) == RC_UNAUTHORIZED,
	    "padding");
	ok(verify(arena_printf(a, " %s", good), NOW) == RC_UNAUTHORIZED,
	    "a space before");
	ok(verify(arena_printf(a, "%s\n", good), NOW) == RC_UNAUTHORIZED,
	    "a newline after");
	ok(verify(arena_strndup(a, good, n - 1), NOW) == RC_UNAUTHORIZED,
	    "cut");
	bad = arena_alloc(a, 8193);
	memset(bad, 'a', 8192);
	ok(verify(bad, NOW) == RC_UNAUTHORIZED, "eight kilobytes");
	for (i = 0; i < 64; i++) { /* stray bits of the last character */
		bad = arena_strndup(a, good, n);
		bad[n - 1] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstu"
			     "vwxyz0123456789-_"[i];
		if (bad[n - 1] != good[n - 1] &&
		    verify(bad, NOW) != RC_UNAUTHORIZED)
			break;
	}
	ok(i == 64, "another last character");
	for (i = 0; i < n; i++) {
		bad = arena_strndup(a, good, n);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		if (verify(bad, NOW) != RC_UNAUTHORIZED)
			break;
	}
	ok(i == n, "any one character changed");
	arena_free(a);
	return done();
}

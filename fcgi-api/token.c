#include <json-c/json.h>
#include <jwt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "token.h"

#define AUDIENCE "slipway"
#define TYPE     "at" /* a refresh token is not even a JWT */
#define JTI_SIZE 12

#define URLSAFE                      \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz" \
	"0123456789-_"

static void
drop(void *jwt)
{
	jwt_free(jwt);
}

enum rc
token_issue(struct arena *a, const struct keys *keys, const char *issuer,
    const struct token *t, time_t now, int seconds, const char **out)
{
	unsigned char random[JTI_SIZE];
	char jti[JTI_SIZE * 2], *text;
	jwt_t *jwt;

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(jti, sizeof(jti), random, sizeof(random),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	if (jwt_new(&jwt) != 0)
		fatalx("out of memory");
	arena_defer(a, drop, jwt);
	if (jwt_add_header(jwt, "kid", keys->k[0].id) != 0 ||
	    jwt_add_grant(jwt, "iss", issuer) != 0 ||
	    jwt_add_grant(jwt, "aud", AUDIENCE) != 0 ||
	    jwt_add_grant(jwt, "typ", TYPE) != 0 ||
	    jwt_add_grant(jwt, "sub", t->user) != 0 ||
	    jwt_add_grant(jwt, "sid", t->session) != 0 ||
	    jwt_add_grant(jwt, "jti", jti) != 0 ||
	    jwt_add_grant_int(jwt, "epoch", atol(t->epoch)) != 0 ||
	    jwt_add_grant_int(jwt, "iat", now) != 0 ||
	    jwt_add_grant_int(jwt, "nbf", now) != 0 ||
	    jwt_add_grant_int(jwt, "exp", now + seconds) != 0 ||
	    jwt_set_alg(jwt, JWT_ALG_HS256, keys->k[0].key, KEY_SIZE) != 0 ||
	    (text = jwt_encode_str(jwt)) == NULL) {
		log_warnx("cannot make an access token");
		return RC_FAIL;
	}
	arena_defer(a, free, text);
	*out = text;
	return RC_OK;
}

/* One part as JSON; only the one spelling of its base64 is taken. */
static enum rc
part(struct arena *a, const char *s, size_t n, struct json_object **out)
{
	unsigned char *text = arena_alloc(a, n + 1);
	const char *end, *why;
	size_t len;

	/* libsodium takes no padding and no stray bits in this variant. */
	if (sodium_base642bin(text, n + 1, s, n, NULL, &len, &end,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    end != s + n ||
	    js_parse(a, (char *)text, len, out, &why) != RC_OK ||
	    !json_object_is_type(*out, json_type_object))
		return RC_UNAUTHORIZED;
	return RC_OK;
}

static int
says(struct json_object *o, const char *name, const char *want)
{
	const char *got = js_string(o, name);

	return got != NULL && strcmp(got, want) == 0;
}

/* clang-format off */
static const struct js_field header_fields[] = {
	{ "alg", JS_STRING, JS_REQUIRED, 0, 0, "HS256", NULL, NULL },
	{ "typ", JS_STRING, JS_REQUIRED, 0, 0, "JWT", NULL, NULL },
	{ "kid", JS_STRING, JS_REQUIRED, 1, 8, NULL, NULL, NULL },
	{ 0 }
}, claim_fields[] = {
	{ "iss",   JS_STRING, JS_REQUIRED, 1, 1024, NULL, NULL, NULL },
	{ "aud",   JS_STRING, JS_REQUIRED, 0, 0, AUDIENCE, NULL, NULL },
	{ "typ",   JS_STRING, JS_REQUIRED, 0, 0, TYPE, NULL, NULL },
	{ "sub",   JS_STRING, JS_REQUIRED, 5, 40, NULL, NULL, NULL },
	{ "sid",   JS_STRING, JS_REQUIRED, 5, 40, NULL, NULL, NULL },
	{ "jti",   JS_STRING, JS_REQUIRED, 1, 40, NULL, NULL, NULL },
	{ "epoch", JS_INT,    JS_REQUIRED, 0, 0x7fffffff, NULL, NULL, NULL },
	{ "iat",   JS_INT,    JS_REQUIRED, 1, 0xffffffffffL, NULL, NULL, NULL },
	{ "nbf",   JS_INT,    JS_REQUIRED, 1, 0xffffffffffL, NULL, NULL, NULL },
	{ "exp",   JS_INT,    JS_REQUIRED, 1, 0xffffffffffL, NULL, NULL, NULL },
	{ 0 }
};
/* clang-format on */

/* Signed by that key, with that algorithm, as libjwt sees it. */
static enum rc
signature(struct arena *a, const char *text, const unsigned char *key)
{
	jwt_t *jwt;

	if (key == NULL || jwt_decode(&jwt, text, key, KEY_SIZE) != 0)
		return RC_UNAUTHORIZED;
	arena_defer(a, drop, jwt);
	return jwt_get_alg(jwt) == JWT_ALG_HS256 ? RC_OK : RC_UNAUTHORIZED;
}

enum rc
token_verify(struct arena *a, const struct keys *keys, const char *issuer,
    const char *text, time_t now, struct token *t)
{
	struct json_object *header, *claims;
	struct js_errors errors = { 0 };
	size_t n1, n2, n3;
	long long iat, exp;
	const char *p;

	if (strnlen(text, TOKEN_MAX + 1) > TOKEN_MAX)
		return RC_UNAUTHORIZED;
	n1 = strspn(text, URLSAFE);
	p = text + n1;
	if (*p++ != '.')
		return RC_UNAUTHORIZED;
	n2 = strspn(p, URLSAFE);
	if (p[n2] != '.')
		return RC_UNAUTHORIZED;
	n3 = strspn(p + n2 + 1, URLSAFE);
	if (n3 != 43 || p[n2 + 1 + n3] != '\0' ||
	    strchr("AEIMQUYcgkosw048", p[n2 + n3]) == NULL)
		return RC_UNAUTHORIZED;

	if (part(a, text, n1, &header) != RC_OK ||
	    js_check(a, header, header_fields, &errors) != RC_OK ||
	    signature(a, text, keys_find(keys, js_string(header, "kid"))) !=
		RC_OK ||
	    part(a, p, n2, &claims) != RC_OK ||
	    js_check(a, claims, claim_fields, &errors) != RC_OK)
		return RC_UNAUTHORIZED;
	iat = js_int(claims, "iat", 0);
	exp = js_int(claims, "exp", 0);
	if (!says(claims, "iss", issuer) || exp <= now || exp <= iat ||
	    exp - iat > TOKEN_LIFE || iat > now + TOKEN_SKEW ||
	    js_int(claims, "nbf", 0) > now + TOKEN_SKEW)
		return RC_UNAUTHORIZED;
	t->user = js_string(claims, "sub");
	t->session = js_string(claims, "sid");
	t->epoch = arena_printf(a, "%lld", js_int(claims, "epoch", 0));
	return RC_OK;
}

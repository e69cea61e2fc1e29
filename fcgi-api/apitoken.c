/*
 * Tokens for programs: "slp_", 32 random bytes in base64, and a checksum that
 * tells a mistyped one, or one in a leaked file, without asking anybody.
 */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "api.h"

#define PREFIX     "slp_"
#define RANDOM     43
#define CHECKSUM   6
#define TOKEN_SIZE (4 + RANDOM + CHECKSUM)

/* clang-format off */
const struct js_field apitoken_fields[] = {
	{ "name",  JS_STRING, JS_REQUIRED, 1, 100, NULL, valid_name, "What it is for" },
	{ "scope", JS_STRING, 0, 0, 0, "read|deploy|admin", NULL, "What it may do: read; deploy, which reads, sends files, builds and promotes, and changes no setting; or admin. deploy if not given" },
	{ "team",  JS_STRING, 0, 1, 60, NULL, NULL, "The only team it reaches, by id or slug; your own if not given" },
	{ "days",  JS_INT,    0, 1, 365, NULL, NULL, "How long it is good; 90 if not given" },
	{ 0 }
};
/* clang-format on */

const char *
bytes_param(struct arena *a, const void *p, size_t n)
{
	char *hex = arena_alloc(a, n * 2 + 1);

	return arena_printf(a, "\\x%s", sodium_bin2hex(hex, n * 2 + 1, p, n));
}

const char *
hash_param(struct arena *a, const char *s)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)s, strlen(s));
	return bytes_param(a, hash, sizeof(hash));
}

/* CRC-32 of the first n bytes, in base 62. */
static void
checksum(const char *s, size_t n, char out[CHECKSUM + 1])
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";
	uint32_t crc = 0xffffffff;
	size_t i;
	int bit;

	for (i = 0; i < n; i++) {
		crc ^= (unsigned char)s[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	crc = ~crc;
	for (i = CHECKSUM; i-- > 0; crc /= 62)
		out[i] = digits[crc % 62];
	out[CHECKSUM] = '\0';
}

int
apitoken_ok(const char *s)
{
	char sum[CHECKSUM + 1];

	if (strlen(s) != TOKEN_SIZE || strncmp(s, PREFIX, 4) != 0 ||
	    strspn(s + 4,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789-_") != TOKEN_SIZE - 4)
		return 0;
	checksum(s, 4 + RANDOM, sum);
	return sodium_memcmp(sum, s + 4 + RANDOM, CHECKSUM) == 0;
}

const char *
apitoken_text(struct arena *a, const char *prefix)
{
	unsigned char random[32];
	char text[RANDOM + 1];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(text, sizeof(text), random, sizeof(random),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return arena_printf(a, "%s%s", prefix, text);
}

void
apitoken_reply(struct req *r, const char *text, const char *json)
{
	r->reply =
	    arena_printf(r->arena, "{\"token\":\"%s\",%s", text, json + 1);
}

static const char *
make(struct arena *a)
{
	const char *s = apitoken_text(a, PREFIX);
	char sum[CHECKSUM + 1];

	checksum(s, 4 + RANDOM, sum);
	return arena_printf(a, "%s%s", s, sum);
}

/* 200 with one's own tokens, newest first; never the secret. */
enum rc
apitoken_list(struct req *r)
{
	return req_json(r, Q_TOKEN_LIST, NULL);
}

/*
 * 201 with the token and, this once, the secret; 403 if the role in that team
 * is less than the scope, or there are 25 already, or a token asks that may
 * not do everything itself.
 */
enum rc
apitoken_create(struct req *r)
{
	const char *text = make(r->arena), *token;
	const char *scope = req_string(r, "scope");
	enum rc rc;

	rc = db_json(r->w->db, r->arena, Q_TOKEN_CREATE,
	    (const char *[]){ req_string(r, "name"),
		scope != NULL ? scope : "deploy", req_string(r, "team"),
		hash_param(r->arena, text),
		arena_printf(r->arena, "%lld", js_int(r->body, "days", 90)) },
	    &token);
	if (rc == RC_NOT_FOUND && (rc = req_team(r)) == RC_DENIED)
		return req_say(r, rc,
		    "Your role in the team or the scope of your token is less "
		    "than that scope, or you have 25 tokens; revoke one.");
	if (rc == RC_OK)
		apitoken_reply(r, text, token);
	return rc;
}

/* 204; 404 for what is not one's own. */
enum rc
apitoken_revoke(struct req *r)
{
	const char *ignored, *const params[] = { r->arg[0] };
	enum rc rc;

	rc = db_json(r->w->db, r->arena, Q_TOKEN_REVOKE, params, &ignored);
	return rc == RC_NOT_FOUND ? req_refused(r, Q_TOKEN_SEEN, params) : rc;
}

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sshkey.h"

#define TYPE     "ssh-ed25519"
#define MAGIC    "openssh-key-v1"
#define BLOB_MAX 512
#define BASE64   sodium_base64_VARIANT_ORIGINAL

struct blob {
	unsigned char b[BLOB_MAX];
	size_t n;
};

static void
put(struct blob *o, const void *p, size_t n)
{
	memcpy(o->b + o->n, p, n);
	o->n += n;
}

static void
put_number(struct blob *o, size_t n)
{
	const unsigned char be[4] = { (unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n };

	put(o, be, sizeof(be));
}

static void
put_string(struct blob *o, const void *p, size_t n)
{
	put_number(o, n);
	put(o, p, n);
}

static void
put_public(struct blob *o, const unsigned char *key)
{
	put_string(o, TYPE, sizeof(TYPE) - 1);
	put_string(o, key, SSHKEY_PUBLIC);
}

char *
sshkey_public(struct arena *a, const unsigned char key[SSHKEY_PUBLIC],
    const char *comment)
{
	char text[sodium_base64_ENCODED_LEN(BLOB_MAX, BASE64)];
	struct blob o = { .n = 0 };

	put_public(&o, key);
	sodium_bin2base64(text, sizeof(text), o.b, o.n, BASE64);
	return arena_printf(a, TYPE " %s %s", text, comment);
}

void
sshkey_hash_text(const unsigned char hash[32], char out[SSHKEY_FINGERPRINT])
{
	static const char head[] = "SHA256:";

	memcpy(out, head, sizeof(head) - 1);
	sodium_bin2base64(out + sizeof(head) - 1,
	    SSHKEY_FINGERPRINT - (sizeof(head) - 1), hash, 32,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

void
sshkey_fingerprint(const unsigned char key[SSHKEY_PUBLIC],
    char out[SSHKEY_FINGERPRINT])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	struct blob o = { .n = 0 };

	put_public(&o, key);
	crypto_hash_sha256(hash, o.b, o.n);
	sshkey_hash_text(hash, out);
}

static void
wipe(void *p)
{
	sodium_memzero(p, strlen(p));
}

/* PROTOCOL.key of OpenSSH: one key, not encrypted. */
char *
sshkey_private(struct arena *a, const unsigned char seed[SSHKEY_SEED])
{
	unsigned char public_[SSHKEY_PUBLIC], secret[SSHKEY_SEED * 2], i;
	struct blob key = { .n = 0 }, o = { .n = 0 };
	size_t size;
	char *text;

	crypto_sign_seed_keypair(public_, secret, seed);
	put_number(&key, 0); /* twice the same: it was decrypted well */
	put_number(&key, 0);
	put_public(&key, public_);
	put_string(&key, secret, sizeof(secret));
	put_string(&key, "", 0);
	for (i = 1; key.n % 8 != 0; i++)
		put(&key, &i, 1);

	put(&o, MAGIC, sizeof(MAGIC));
	put_string(&o, "none", 4);
	put_string(&o, "none", 4);
	put_string(&o, "", 0);
	put_number(&o, 1);
	put_number(&o, 4 + sizeof(TYPE) - 1 + 4 + SSHKEY_PUBLIC);
	put_public(&o, public_);
	put_string(&o, key.b, key.n);

	size = sodium_base64_ENCODED_LEN(o.n, BASE64);
	text = arena_alloc(a, size);
	sodium_bin2base64(text, size, o.b, o.n, BASE64);
	arena_defer(a, wipe, text);
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(&key, sizeof(key));
	sodium_memzero(&o, sizeof(o));
	return text;
}

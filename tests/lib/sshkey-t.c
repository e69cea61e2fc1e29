/* lib/sshkey: what ssh-keygen of OpenSSH 9.2 made of the same seed. */
#include <sodium.h>

#include "sshkey.h"
#include "tap.h"

/* clang-format off */
static const char seed_hex[] =
    "a9260a44affc4379b3dcd2eeaa822973576844b34b441ee5cd72c49c4d324caf";
static const char public_line[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILra1H0TcEbVEjYo35pk3vzF/9NfH71YLHZyq2672DjE slipway";
static const char fingerprint[] =
    "SHA256:SY/IDuy12p6gHP3Svvz5t5Oc75qEp4e49k0fEgTJicY";
/* Its blob, but for two random numbers, which are 0, and the comment. */
static const char private_hex[] =
    "6f70656e7373682d6b65792d763100000000046e6f6e65000000046e6f6e650000000000000001"
    "000000330000000b7373682d6564323535313900000020badad47d137046d5123628df9a64defc"
    "c5ffd35f1fbd582c7672ab6ebbd838c4000000880000000000000000"
    "0000000b7373682d6564323535313900000020badad47d137046d5123628df9a64defcc5ffd35f"
    "1fbd582c7672ab6ebbd838c400000040"
    "a9260a44affc4379b3dcd2eeaa822973576844b34b441ee5cd72c49c4d324caf"
    "badad47d137046d5123628df9a64defcc5ffd35f1fbd582c7672ab6ebbd838c4"
    "000000000102030405";
/* clang-format on */

int
main(void)
{
	unsigned char seed[SSHKEY_SEED], pub[SSHKEY_PUBLIC], sec[64], bin[512];
	char hex[1024], text[SSHKEY_FINGERPRINT];
	struct arena *a = arena_new();
	size_t n = 0;
	char *body;

	if (sodium_init() < 0)
		return 1;
	sodium_hex2bin(seed, sizeof(seed), seed_hex, sizeof(seed_hex) - 1, NULL,
	    NULL, NULL);
	crypto_sign_seed_keypair(pub, sec, seed);
	is(sshkey_public(a, pub, "slipway"), public_line, "the public half");
	sshkey_fingerprint(pub, text);
	is(text, fingerprint, "its fingerprint");
	body = sshkey_private(a, seed);
	ok(strlen(body) < 1000 && strpbrk(body, "\n ") == NULL, "one line");
	ok(sodium_base642bin(bin, sizeof(bin), body, strlen(body), NULL, &n,
	       NULL, sodium_base64_VARIANT_ORIGINAL) == 0,
	    "of base64");
	sodium_bin2hex(hex, sizeof(hex), bin, n);
	is(hex, private_hex, "the private half");
	arena_free(a);
	return done();
}

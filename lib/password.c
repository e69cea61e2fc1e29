#include <argon2.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "password.h"

#define SALT_SIZE 16
#define HASH_SIZE 32
#define LANES     1

enum rc
password_hash(const struct conf *c, const char *password,
    char hash[PASSWORD_HASH_SIZE])
{
	unsigned char salt[SALT_SIZE];
	int e;

	if (sodium_init() == -1)
		fatalx("no source of random numbers");
	randombytes_buf(salt, sizeof(salt));
	e = argon2id_hash_encoded((uint32_t)c->argon2_passes,
	    (uint32_t)c->argon2_memory, LANES, password, strlen(password), salt,
	    sizeof(salt), HASH_SIZE, hash, PASSWORD_HASH_SIZE);
	if (e == ARGON2_OK)
		return RC_OK;
	log_warnx("argon2: %s", argon2_error_message(e));
	return e == ARGON2_MEMORY_ALLOCATION_ERROR ? RC_BUSY : RC_FAIL;
}

enum rc
password_check(const char *hash, const char *password)
{
	int e = argon2id_verify(hash, password, strlen(password));

	if (e == ARGON2_OK)
		return RC_OK;
	if (e == ARGON2_VERIFY_MISMATCH)
		return RC_DENIED;
	log_warnx("argon2: %s", argon2_error_message(e));
	return e == ARGON2_MEMORY_ALLOCATION_ERROR ? RC_BUSY : RC_FAIL;
}

int
password_stale(const struct conf *c, const char *hash)
{
	char head[64];

	snprintf(head, sizeof(head), "$argon2id$v=%d$m=%d,t=%d,p=%d$",
	    ARGON2_VERSION_NUMBER, c->argon2_memory, c->argon2_passes, LANES);
	return strncmp(hash, head, strlen(head)) != 0;
}

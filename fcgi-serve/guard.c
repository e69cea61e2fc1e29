/*
 * What protects the projects, and which files say otherwise: those were written
 * before a password was set while nobody heard of it.
 */
#include <sodium.h>
#include <string.h>

#include "query.h"
#include "serve.h"

enum { PROJECT, HOSTS, KEY_HASH, TOKENS }; /* columns of Q_GUARDS */

/* They are in the order of the projects; -1: it has no protection. */
static int
row_of(PGresult *res, const char *project)
{
	int from = 0, to = PQntuples(res), i, c;

	while (from < to) {
		i = from + (to - from) / 2;
		c = strcmp(project, PQgetvalue(res, i, PROJECT));
		if (c == 0)
			return i;
		if (c < 0)
			to = i;
		else
			from = i + 1;
	}
	return -1;
}

static int
same_key(const char *hex, const char *hash)
{
	unsigned char key[crypto_auth_hmacsha256_KEYBYTES];
	unsigned char bytes[crypto_hash_sha256_BYTES];
	char text[2 * sizeof(bytes) + 1];
	size_t n;

	if (sodium_hex2bin(key, sizeof(key), hex, strlen(hex), NULL, &n,
		NULL) != 0 ||
	    n != sizeof(key))
		return 0;
	crypto_hash_sha256(bytes, key, n);
	sodium_memzero(key, sizeof(key));
	sodium_bin2hex(text, sizeof(text), bytes, sizeof(bytes));
	return strcmp(text, hash) == 0;
}

/* Is each word of some among all?  They are hashes, all of one length. */
static int
among(const char *some, const char *all)
{
	char word[2 * crypto_hash_sha256_BYTES + 1];
	size_t n;

	for (; *some != '\0'; some += n, some += *some == ' ') {
		n = strcspn(some, " ");
		if (n != sizeof(word) - 1)
			return 0;
		memcpy(word, some, n);
		word[n] = '\0';
		if (strstr(all, word) == NULL)
			return 0;
	}
	return 1;
}

/* It lets in nobody who is not to be let in. */
static int
holds(const struct route *r, void *arg)
{
	PGresult *res = arg;
	int i = row_of(res, r->project_id);

	if (i == -1 ||
	    (r->production && strcmp(PQgetvalue(res, i, HOSTS), "all") != 0))
		return 1;
	return same_key(r->cookie_key, PQgetvalue(res, i, KEY_HASH)) &&
	    among(r->tokens, PQgetvalue(res, i, TOKENS));
}

enum rc
guards_check(struct db *db, struct arena *a, int dir)
{
	PGresult *res;
	enum rc rc;

	if ((rc = ask(db, a, Q_GUARDS, NULL, &res)) == RC_OK)
		routefile_sift(dir, holds, res);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* lib/password: a hash checks, another password does not, and ageing. */
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "password.h"
#include "tap.h"

int
main(void)
{
	struct conf c = { .argon2_memory = 19456, .argon2_passes = 2 };
	char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];

	log_open("password-t", 0);
	ok(password_hash(&c, "correct horse", one) == RC_OK, "hashed");
	ok(password_hash(&c, "correct horse", two) == RC_OK, "and again");
	ok(strcmp(one, two) != 0, "salted");
	ok(strncmp(one, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0,
	    "what it says of itself");
	ok(password_check(one, "correct horse") == RC_OK, "the password");
	ok(password_check(one, "correct horsf") == RC_DENIED, "another");
	ok(password_check(one, "") == RC_DENIED, "none");
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	ok(password_check("$argon2id$nonsense", "x") == RC_FAIL, "no hash");
	ok(!password_stale(&c, one), "as strong as today's");
	c.argon2_passes = 3;
	ok(password_stale(&c, one), "weaker than today's");
	return done();
}

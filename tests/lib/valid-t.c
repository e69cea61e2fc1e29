/* lib/valid: what strings from outside may look like. */
#include <stdlib.h>

#include "rc.h"
#include "tap.h"
#include "valid.h"

#define TEN   "abcdefghij"
#define FORTY TEN TEN TEN TEN
#define PARTS "a/a/a/a/a/a/a/a/"

/* clang-format off */
static const struct {
	const struct fault *(*check)(const char *);
	const char *s;
	int good;
} cases[] = {
	{ valid_slug, "a", 1 }, { valid_slug, "shop-2", 1 },
	{ valid_slug, FORTY "abcdefgh", 1 }, { valid_slug, FORTY "abcdefghi", 0 },
	{ valid_slug, "", 0 }, { valid_slug, "-a", 0 }, { valid_slug, "a-", 0 },
	{ valid_slug, "a--b", 0 }, { valid_slug, "A", 0 }, { valid_slug, "a\n", 0 },
	{ valid_slug, "a.b", 0 }, { valid_slug, "a;b", 0 }, { valid_slug, "\xc3\xa9", 0 },
	{ valid_label, "xn", 0 }, { valid_label, "xn-a", 1 },
	{ valid_label, "staging", 1 }, { valid_label, TEN TEN TEN "ab", 1 },
	{ valid_label, TEN TEN TEN "abc", 0 },

	{ valid_ref, "main", 1 }, { valid_ref, "feature/#12", 1 },
	{ valid_ref, "a+b", 1 }, { valid_ref, "\xc3\xbc" "ber/x", 1 },
	{ valid_ref, "v1.0", 1 }, { valid_ref, "a@b", 1 }, { valid_ref, "a.lockx", 1 },
	{ valid_ref, "a;b", 1 }, { valid_ref, "a$(b)", 1 },
	{ valid_ref, "", 0 }, { valid_ref, "-h", 0 },
	{ valid_ref, "--upload-pack=touch${IFS}x", 0 }, { valid_ref, "a..b", 0 },
	{ valid_ref, ".a", 0 }, { valid_ref, "a/.b", 0 }, { valid_ref, "a.lock", 0 },
	{ valid_ref, "a.lock/b", 0 }, { valid_ref, "a.", 0 }, { valid_ref, "/a", 0 },
	{ valid_ref, "a/", 0 }, { valid_ref, "a//b", 0 }, { valid_ref, "@", 0 },
	{ valid_ref, "a@{b", 0 }, { valid_ref, "a b", 0 }, { valid_ref, "a~b", 0 },
	{ valid_ref, "a^b", 0 }, { valid_ref, "a:b", 0 }, { valid_ref, "a?b", 0 },
	{ valid_ref, "a*b", 0 }, { valid_ref, "a[b", 0 }, { valid_ref, "a\\b", 0 },
	{ valid_ref, "a\nb", 0 }, { valid_ref, "a\x7f", 0 }, { valid_ref, "a\xff", 0 },
	{ valid_branch, "", 1 }, { valid_branch, "-x", 0 },

	{ valid_commit, "0123456789abcdef0123456789abcdef01234567", 1 },
	{ valid_commit, "0123456789ABCDEF0123456789abcdef01234567", 0 },
	{ valid_commit, "0123456", 0 }, { valid_commit, "", 0 },
	{ valid_commit, "0123456789abcdef0123456789abcdef0123456\n", 0 },

	{ valid_email, "ann@example.org", 1 }, { valid_email, "Ann.B+x@sub.Example.org", 1 },
	{ valid_email, "a@b", 1 }, { valid_email, "", 0 }, { valid_email, "ann", 0 },
	{ valid_email, "@b.c", 0 }, { valid_email, "a@", 0 }, { valid_email, "a@b..c", 0 },
	{ valid_email, "a@b.", 0 }, { valid_email, "a@-b.c", 0 }, { valid_email, "a b@c.d", 0 },
	{ valid_email, "a@b@c", 0 }, { valid_email, "a@b.c\n", 0 }, { valid_email, "a..b@c.d", 0 },
	{ valid_email, "<a@b.c>", 0 }, { valid_email, ".a@b.c", 0 },

	{ valid_env_name, "A", 1 }, { valid_env_name, "_a1", 1 },
	{ valid_env_name, "", 0 }, { valid_env_name, "1A", 0 }, { valid_env_name, "A-B", 0 },
	{ valid_env_name, "A=B", 0 }, { valid_env_name, "PATH", 0 },
	{ valid_env_name, "LD_PRELOAD", 0 },

	{ valid_name, "Ann B", 1 }, { valid_name, "<script>", 1 }, { valid_name, "a\x1b[1m", 0 },
	{ valid_name, "a\xc2\x9b" "1m", 0 }, { valid_name, "a\nb", 0 },

	{ valid_dir, "", 1 }, { valid_dir, "apps/web", 1 }, { valid_dir, ".next", 1 },
	{ valid_dir, "/x", 0 }, { valid_dir, "..", 0 }, { valid_dir, "a/../b", 0 },
	{ valid_dir, "a/", 0 }, { valid_dir, "./a", 0 }, { valid_dir, "-x", 0 },
	{ valid_path, "index.html", 1 }, { valid_path, "a/b c.txt", 1 },
	{ valid_path, "-x", 1 }, { valid_path, "..a", 1 }, { valid_path, "a\\b", 1 },
	{ valid_path, PARTS PARTS PARTS "a/a/a/a/a/a/a/a", 1 },
	{ valid_path, PARTS PARTS PARTS "a/a/a/a/a/a/a/a/a", 0 },
	{ valid_path, "", 0 }, { valid_path, "/", 0 }, { valid_path, "a//b", 0 },
	{ valid_path, "../x", 0 }, { valid_path, "a/..", 0 }, { valid_path, "a\nb", 0 },

	{ valid_command, "", 1 }, { valid_command, "npm ci && npm run build", 1 },
	{ valid_command, "a\nb", 0 }, { valid_command, "a\rb", 0 },
	{ valid_version, "", 1 }, { valid_version, "22", 1 }, { valid_version, "22.x", 1 },
	{ valid_version, ">=18", 0 }, { valid_version, "lts/*", 0 },
	{ valid_host, "", 1 }, { valid_host, "own", 1 }, { valid_host, "www.example.com", 1 },
	{ valid_host, "WWW.example.com", 0 }, { valid_host, "a b", 0 }, { valid_host, "a/b", 0 }, { valid_host, "a:1", 0 },
	{ valid_word, "", 1 }, { valid_word, "next", 1 }, { valid_word, "../x", 0 },

	{ valid_password, "correct horse", 1 }, { valid_password, FORTY FORTY, 1 },
	{ valid_password, "123456789", 0 }, { valid_password, "password123", 0 },
	{ valid_password, "PassWord123", 0 }, { valid_password, "zzzzzzzzzzzz", 0 },
	{ valid_password, "", 0 },
};
/* clang-format on */

int
main(void)
{
	char *s = malloc(4200);
	size_t i;

	for (i = 0; i < NITEMS(cases); i++)
		ok((cases[i].check(cases[i].s) == NULL) == cases[i].good,
		    "case %zu: %s", i, cases[i].good ? "good" : "bad");
	for (i = 1024; i <= 1025; i++) {
		memset(s, 'x', i);
		s[i] = '\0';
		s[0] = 'y';
		ok((valid_password(s) == NULL) == (i == 1024),
		    "a password of %zu bytes", i);
	}
	for (i = 250; i <= 251; i++) {
		memset(s, 'x', i);
		s[i] = '\0';
		ok((valid_ref(s) == NULL) == (i == 250), "a ref of %zu bytes",
		    i);
	}
	ok(valid_utf8("a\xc3\xa9", 3) == 3, "UTF-8");
	ok(valid_utf8("a\xc3", 2) == 1, "that is cut");
	free(s);
	return done();
}

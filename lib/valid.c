#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "password.h"
#include "rc.h"
#include "valid.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

#define FAULT(...)                                                  \
	do {                                                        \
		static const struct fault fault_ = { __VA_ARGS__ }; \
                                                                    \
		return &fault_;                                     \
	} while (0)

/* The commonest of what people choose and ten or more bytes long. */
static const char *const common[] = { "1234567890", "12345678910", "0123456789",
	"0987654321", "9876543210", "1111111111", "0000000000", "1q2w3e4r5t",
	"1qaz2wsx3edc", "1q2w3e4r5t6y", "q1w2e3r4t5", "qwertyuiop",
	"qwerty1234", "qwerty12345", "qwerty123456", "qwertyuiop123",
	"asdfghjkl;", "asdfghjkl1", "asdfghjkl123", "zxcvbnm123", "zxcvbnm1234",
	"abcdefghij", "abcdefghijk", "abcd123456", "abcde12345", "abc1234567",
	"a123456789", "aa12345678", "a1b2c3d4e5", "password12", "password123",
	"password1234", "password12345", "passwordpassword", "password!1",
	"password!!", "p@ssw0rd123", "p@ssword123", "passw0rd123", "passw0rd12",
	"my_password", "mypassword", "mypassword1", "newpassword", "letmein123",
	"letmein1234", "iloveyou12", "iloveyou123", "iloveyou1234",
	"ilovegod123", "welcome123", "welcome1234", "welcome2024",
	"welcome2025", "welcome2026", "admin12345", "admin123456",
	"administrator", "adminadmin", "admin@1234", "root123456",
	"rootrootroot", "changeme123", "changemenow", "change_me_",
	"default123", "defaultpassword", "testtest123", "test123456",
	"testpassword", "secret1234", "secretsecret", "supersecret",
	"trustno1trustno1", "football123", "baseball123", "basketball",
	"basketball1", "superman123", "batman1234", "pokemon123", "starwars123",
	"sunshine123", "sunshine12", "princess123", "princess12", "charlie123",
	"michael123", "jennifer123", "jordan12345", "liverpool1",
	"liverpool123", "chelsea123", "arsenal123", "manchester", "manchester1",
	"barcelona1", "juventus123", "monkey1234", "dragon1234", "shadow1234",
	"master1234", "computer123", "internet123", "minecraft1",
	"minecraft123", "whatever123", "whatever12", "correcthorse",
	"correcthorsebatterystaple", "slipway123", "slipwayslipway",
	"0123456789a", "1234554321", "1231231231", "123123123123", "1212121212",
	"1122334455", "112233445566", "123456789a", "123456789q", "1234567890a",
	"1234567890q", "123456789123", "1234567891", "123456123456",
	"7777777777", "9999999999", "5555555555", "6666666666", "8888888888",
	"aaaaaaaaaa", "qazwsxedcrfv", "qazwsx1234", "1qazxsw23edc",
	"!qaz2wsx3edc", "zaq12wsxcde3", "poiuytrewq", "mnbvcxz123",
	"lovelovelove", "fuckyou123", "fuckyou1234", "fuckoff123",
	"december2025", "november2026", "summer2026", "winter2025",
	"spring2026", "autumn2026", "summer2025!", "winter2026!" };

size_t
valid_utf8(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned long c;
	size_t i = 0, k, more;

	while (i < n) {
		if (p[i] < 0x80) {
			i++;
			continue;
		}
		more = p[i] >= 0xf0 ? 3 : p[i] >= 0xe0 ? 2 : 1;
		if (p[i] < 0xc2 || p[i] > 0xf4 || n - i <= more)
			return i;
		c = p[i] & (0x3fU >> more);
		for (k = 1; k <= more; k++) {
			if ((p[i + k] & 0xc0) != 0x80)
				return i;
			c = c << 6 | (p[i + k] & 0x3f);
		}
		if ((more == 2 && c < 0x800) || (more == 3 && c < 0x10000) ||
		    c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return i;
		i += more + 1;
	}
	return n;
}

/* Printable UTF-8: no control bytes, of which newline is one. */
static int
text_ok(const char *s)
{
	size_t i, n = strlen(s);

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f ||
		    /* U+0080 to U+009F, which terminals obey */
		    ((unsigned char)s[i] == 0xc2 &&
			(unsigned char)s[i + 1] < 0xa0))
			return 0;
	return valid_utf8(s, n) == n;
}

/* Letters, digits and inner dashes, none of them doubled: part of a host. */
static int
host_label(const char *s, size_t max)
{
	size_t n = strlen(s);

	return n >= 1 && n <= max && s[0] != '-' && s[n - 1] != '-' &&
	    strspn(s, LOWER DIGITS "-") == n && strstr(s, "--") == NULL;
}

const struct fault *
valid_slug(const char *s)
{
	if (!host_label(s, VALID_SLUG_MAX))
		FAULT("format", "48",
		    "use 1 to 48 of a-z, 0-9 and single dashes inside");
	return NULL;
}

const struct fault *
valid_label(const char *s)
{
	if (!host_label(s, VALID_LABEL_MAX))
		FAULT("format", "32",
		    "use 1 to 32 of a-z, 0-9 and single dashes inside");
	/* "xn--" is how browsers know a name in another script. */
	if (strcmp(s, "xn") == 0)
		FAULT("reserved", "", "choose another label than xn");
	return NULL;
}

/* One part between slashes, by the rules of git-check-ref-format(1). */
static int
ref_part(const char *s, size_t n)
{
	return n > 0 && s[0] != '.' &&
	    !(n >= 5 && memcmp(s + n - 5, ".lock", 5) == 0);
}

const struct fault *
valid_ref(const char *s)
{
	size_t at, n = strlen(s), part;

	if (n == 0 || n > VALID_REF_MAX)
		FAULT("length", "250", "a ref has 1 to 250 bytes");
	if (s[0] == '-')
		FAULT("format", "git", "a ref does not start with a dash");
	if (!text_ok(s) || strpbrk(s, " ~^:?*[\\") != NULL ||
	    strstr(s, "..") != NULL || strstr(s, "@{") != NULL ||
	    strcmp(s, "@") == 0 || s[n - 1] == '.')
		FAULT("format", "git",
		    "Git does not allow that as the name of a ref");
	for (at = 0; at <= n; at += part + 1) {
		part = strcspn(s + at, "/");
		if (!ref_part(s + at, part))
			FAULT("format", "git",
			    "Git does not allow that as the name of a ref");
	}
	return NULL;
}

const struct fault *
valid_branch(const char *s)
{
	return *s == '\0' ? NULL : valid_ref(s);
}

const struct fault *
valid_commit(const char *s)
{
	size_t n = strlen(s);

	if ((n != 40 && n != 64) || strspn(s, DIGITS "abcdef") != n)
		FAULT("format", "40",
		    "give the whole commit hash, 40 lower-case hexadecimal "
		    "digits");
	return NULL;
}

const struct fault *
valid_email(const char *s)
{
	const char *at = strchr(s, '@');
	size_t n = strlen(s), part;

	if (n > VALID_EMAIL_MAX || at == NULL || at == s || at - s > 64 ||
	    s[0] == '.' || s[0] == '-' || at[-1] == '.' ||
	    strspn(s, LOWER UPPER DIGITS "!#$%&'*+/=?^_`{|}~.-") !=
		(size_t)(at - s) ||
	    strstr(s, "..") != NULL)
		goto bad;
	for (at++;; at += part + 1) {
		part = strspn(at, LOWER UPPER DIGITS "-");
		if (part < 1 || part > 63 || at[0] == '-' ||
		    at[part - 1] == '-' || (at[part] != '.' && at[part] != 0))
			goto bad;
		if (at[part] == '\0')
			return NULL;
	}
bad:
	FAULT("format", "254", "give an address such as you@example.com");
}

const struct fault *
valid_env_name(const char *s)
{
	static const char *const taken[] = { "PATH", "HOME", "LD_PRELOAD",
		"LD_LIBRARY_PATH", "LD_AUDIT" };
	size_t i, n = strlen(s);

	if (n < 1 || n > VALID_ENV_MAX || isdigit((unsigned char)s[0]) ||
	    strspn(s, LOWER UPPER DIGITS "_") != n)
		FAULT("format", "128",
		    "use letters, digits and _, not beginning with a digit");
	for (i = 0; i < NITEMS(taken); i++)
		if (strcmp(s, taken[i]) == 0)
			FAULT("reserved", "",
			    "the build sets that one; choose another name");
	return NULL;
}

const struct fault *
valid_name(const char *s)
{
	if (strlen(s) > 100 || !text_ok(s))
		FAULT("format", "100",
		    "use up to 100 bytes without control characters");
	return NULL;
}

/* A path below some folder; says no to anything that could lead out of it. */
static int
path_ok(const char *s, size_t max)
{
	size_t n = strlen(s), at, part;
	int depth = 0;

	if (n > max || !text_ok(s))
		return 0;
	for (at = 0; at <= n; at += part + 1) {
		part = strcspn(s + at, "/");
		if (part == 0 || part > 255 || (part == 1 && s[at] == '.') ||
		    (part == 2 && memcmp(s + at, "..", 2) == 0) ||
		    ++depth > VALID_PATH_DEPTH)
			return 0;
	}
	return 1;
}

const struct fault *
valid_dir(const char *s)
{
	if (*s != '\0' && (*s == '-' || !path_ok(s, VALID_DIR_MAX)))
		FAULT("format", "1024",
		    "give a folder below the repository, such as apps/web");
	return NULL;
}

const struct fault *
valid_path(const char *s)
{
	if (!path_ok(s, VALID_PATH_MAX))
		FAULT("format", "1024",
		    "give a relative path of at most 32 parts, without . or "
		    ".. or control characters");
	return NULL;
}

const struct fault *
valid_command(const char *s)
{
	if (strlen(s) > VALID_COMMAND_MAX || !text_ok(s))
		FAULT("format", "4096",
		    "give one line of at most 4096 bytes; join commands with "
		    "&&");
	return NULL;
}

const struct fault *
valid_version(const char *s)
{
	size_t n = strlen(s);

	if (n > 20 || strspn(s, DIGITS ".x") != n || s[0] == '.')
		FAULT("format", "20", "give a version of Node such as 22");
	return NULL;
}

const struct fault *
valid_word(const char *s)
{
	size_t n = strlen(s);

	if (n > 40 || strspn(s, LOWER DIGITS "-") != n || s[0] == '-')
		FAULT("format", "40",
		    "use the framework's short name, such as vite or astro");
	return NULL;
}

const struct fault *
valid_host(const char *s)
{
	size_t n = strlen(s);

	if (n > 253 || strspn(s, LOWER DIGITS "-.") != n)
		FAULT("format", "253",
		    "use a whole host name in lower case, such as "
		    "www.example.com");
	return NULL;
}

const struct fault *
valid_password(const char *s)
{
	size_t i, n = strlen(s);

	if (n < VALID_PASSWORD_MIN)
		FAULT("short", "10", "use at least 10 characters");
	if (n > PASSWORD_MAX)
		FAULT("long", "1024", "use at most 1024 bytes");
	for (i = 0; i < NITEMS(common); i++)
		if (strcasecmp(s, common[i]) == 0)
			FAULT("common", "",
			    "that is one of the first that people try; use "
			    "several unrelated words");
	for (i = 1; i < n && s[i] == s[0]; i++)
		;
	if (i == n)
		FAULT("common", "", "use more than one character");
	return NULL;
}

int
valid_rule_file(const char *path)
{
	static const char *const names[] = { "_redirects", "_headers",
		"netlify.toml", "vercel.json" };
	const char *slash = strrchr(path, '/');
	int i;

	path = slash != NULL ? slash + 1 : path;
	for (i = 0; i < (int)NITEMS(names); i++)
		if (strcmp(names[i], path) == 0)
			return i + 1;
	return 0;
}

/*
 * lib/valid: every check, and for those that become part of a host name, of a
 * path or of an argument, that only harmless bytes pass.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rc.h"
#include "valid.h"

#define LABEL "abcdefghijklmnopqrstuvwxyz0123456789-"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
only(const char *s, const char *bytes, size_t max)
{
	if (strspn(s, bytes) != strlen(s) || *s == '-' || strlen(s) > max)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct fault *(*const rest[])(
	    const char *) = { valid_email, valid_env_name, valid_name,
		valid_command, valid_version, valid_word, valid_password };
	char s[8192];
	size_t i;

	if (n >= sizeof(s))
		return 0;
	memcpy(s, data, n);
	s[n] = '\0';
	valid_utf8((const char *)data, n);
	if (valid_slug(s) == NULL) {
		only(s, LABEL, VALID_SLUG_MAX);
		if (*s == '\0' || strstr(s, "--") != NULL)
			abort();
	}
	if (valid_label(s) == NULL)
		only(s, LABEL, VALID_LABEL_MAX);
	if (valid_commit(s) == NULL)
		only(s, "0123456789abcdef", 64);
	if (valid_ref(s) == NULL &&
	    (*s == '\0' || *s == '-' || *s == '/' || strstr(s, "..") != NULL ||
		strpbrk(s, " ~^:?*[\\\n\r\t") != NULL))
		abort();
	if (valid_path(s) == NULL &&
	    (*s == '\0' || *s == '/' || strstr(s, "//") != NULL ||
		strncmp(s, "../", 3) == 0 || strstr(s, "/../") != NULL ||
		strcmp(s, "..") == 0))
		abort();
	if (valid_dir(s) == NULL &&
	    (*s == '/' || strncmp(s, "../", 3) == 0 || strcmp(s, "..") == 0))
		abort();
	for (i = 0; i < NITEMS(rest); i++)
		rest[i](s);
	return 0;
}

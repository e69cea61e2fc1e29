#include <string.h>

#include "member.h"

/* What a folder that is sent file by file leaves at home as well. */
static int
apart(const char *path)
{
	size_t n;

	for (;; path += n + 1) {
		n = strcspn(path, "/");
		if ((n == 4 && memcmp(path, ".git", 4) == 0) ||
		    (n == 8 && memcmp(path, ".slipway", 8) == 0))
			return 1;
		if (path[n] == '\0')
			return 0;
	}
}

enum member
member_path(const char *name, char path[VALID_PATH_MAX + 1])
{
	size_t n;

	/* "./a", and "a/" for a folder, are what every tar makes. */
	while (name[0] == '.' && name[1] == '/')
		for (name++; *name == '/'; name++)
			;
	n = strlen(name);
	while (n > 1 && name[n - 1] == '/')
		n--;
	if (n == 0 || (n == 1 && *name == '.'))
		return MEMBER_TOP;
	if (n > VALID_PATH_MAX)
		return MEMBER_BAD;
	memcpy(path, name, n);
	path[n] = '\0';
	if (valid_path(path) != NULL)
		return MEMBER_BAD;
	return apart(path) ? MEMBER_APART : MEMBER_OK;
}

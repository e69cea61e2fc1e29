/* fetcher/member: what passes stays below the folder it is unpacked into. */
#include <stdint.h>
#include <stdlib.h>

#include "builderd/fetcher/member.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char name[4096], path[VALID_PATH_MAX + 1];
	size_t i, part;

	if (n >= sizeof(name))
		return 0;
	memcpy(name, data, n);
	name[n] = '\0';
	if (member_path(name, path) != MEMBER_OK)
		return 0;
	n = strlen(path);
	if (n == 0 || n > VALID_PATH_MAX)
		abort();
	for (i = 0; i < n; i++)
		if ((unsigned char)path[i] < ' ' || path[i] == 0x7f)
			abort();
	for (i = 0; i <= n; i += part + 1) {
		part = strcspn(path + i, "/");
		if (part == 0 || part > 255 || (part == 1 && path[i] == '.') ||
		    (part == 2 && memcmp(path + i, "..", 2) == 0) ||
		    (part == 4 && memcmp(path + i, ".git", 4) == 0))
			abort();
	}
	return 0;
}

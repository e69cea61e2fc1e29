#include <ctype.h>
#include <string.h>

#include "hashed.h"

static int
is_hash(const char *s, size_t n, int maybe)
{
	int digit = 0, lower = 0, upper = 0, hex = 1;
	size_t i;

	if (n < 8 || n > 64)
		return 0;
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		digit += isdigit(c) != 0;
		lower += islower(c) != 0;
		upper += isupper(c) != 0;
		hex &= isxdigit(c) != 0;
		if (!isalnum(c) && c != '_' && c != '-')
			return 0;
	}
	if (maybe)
		return digit > 0 || (upper > 0 && lower > 0);
	if (hex && upper == 0)
		return digit > 0 && lower > 0;
	return n == 8 && digit > 0 && upper > 0 && lower > 0;
}

int
hashed_name(const char *path, int maybe)
{
	const char *name = strrchr(path, '/'), *dot, *p;

	name = name != NULL ? name + 1 : path;
	if ((dot = strrchr(name, '.')) == NULL)
		return 0;
	if (strcmp(dot, ".map") == 0) /* site.4f2a9c1b.js.map */
		while (dot > name && *--dot != '.')
			;
	for (p = dot; p > name + 1; p--) {
		if (p[-1] != '.' && p[-1] != '-')
			continue;
		if (is_hash(p, (size_t)(dot - p), maybe))
			return 1;
		if (p[-1] == '.' && p != dot)
			break;
	}
	return 0;
}

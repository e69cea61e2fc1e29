#include <string.h>

#include "form.h"
#include "hex.h"

static const char *
decode(struct arena *a, const char *s, size_t n)
{
	char *out = arena_alloc(a, n + 1), *p = out;
	int hi, lo;

	for (; n > 0; s++, n--) {
		*p = *s == '+' ? ' ' : *s;
		if (*s == '%') {
			if (n < 3 || (hi = hex_digit(s[1])) == -1 ||
			    (lo = hex_digit(s[2])) == -1)
				return NULL;
			*p = (char)(hi << 4 | lo);
			s += 2;
			n -= 2;
		}
		if (*p++ == '\0')
			return NULL;
	}
	return out;
}

const char *
form_field(struct arena *a, const char *form, const char *name)
{
	size_t n, len = strlen(name);
	const char *found = NULL, *s;

	for (s = form; *s != '\0'; s += n + (s[n] == '&')) {
		n = strcspn(s, "&");
		if (n <= len || strncmp(s, name, len) != 0 || s[len] != '=')
			continue;
		if (found != NULL ||
		    (found = decode(a, s + len + 1, n - len - 1)) == NULL)
			return NULL;
	}
	return found;
}

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* Digits, with a sign and a point perhaps. */
static int
number(const char *s, size_t n, double *out)
{
	char copy[COMPARE_DIGITS + 1];
	size_t i, digits = 0, points = 0;

	for (; n > 0 && *s == ' '; n--)
		s++;
	for (; n > 0 && s[n - 1] == ' '; n--)
		;
	if (n == 0 || n >= sizeof(copy))
		return 0;
	for (i = *s == '-' || *s == '+'; i < n; i++)
		if (isdigit((unsigned char)s[i]))
			digits++;
		else if (s[i] != '.' || points++ > 0)
			return 0;
	if (digits == 0)
		return 0;
	memcpy(copy, s, n);
	copy[n] = '\0';
	*out = strtod(copy, NULL);
	return 1;
}

int
compare_fits(const char *c, const char *value, size_t n)
{
	double is, than;
	int less, equal;
	char *end;

	if (!number(value, n, &is))
		return 0;
	while (*c == '<' || *c == '>') {
		less = *c++ == '<';
		if ((equal = *c == '=') != 0)
			c++;
		than = strtod(c, &end);
		if (!(equal && is == than) && !(less ? is < than : is > than))
			return 0;
		c = end + strspn(end, " ");
	}
	return 1;
}

#include <string.h>

#include "hosts.h"

#define SPACE " \t"

/* The host of a URL may be an address; of those the last part is a number. */
static int
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

enum rc
hosts_name(char name[HOSTS_NAME], const char *s, size_t n)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	const char *last;
	size_t i;

	if (n > 0 && s[n - 1] == '.')
		n--;
	if (n == 0 || n >= HOSTS_NAME)
		return RC_INVALID;
	for (i = 0; i < n; i++) {
		name[i] = s[i];
		if (s[i] >= 'A' && s[i] <= 'Z')
			name[i] = (char)(s[i] - 'A' + 'a');
		if (name[i] == '\0' || strchr(good, name[i]) == NULL ||
		    (name[i] == '.' &&
			(i == 0 || i == n - 1 || name[i - 1] == '.')))
			return RC_INVALID;
	}
	name[n] = '\0';
	last = strrchr(name, '.');
	return is_number(last != NULL ? last + 1 : name) ? RC_INVALID : RC_OK;
}

static const char *
pattern(const char *s, size_t n)
{
	char name[HOSTS_NAME];

	if (n == 1 && *s == '*')
		return NULL;
	if (n > 2 && s[0] == '*' && s[1] == '.') {
		s += 2;
		n -= 2;
	} else if (n > 1 && s[0] == '.') {
		s++;
		n--;
	}
	if (n >= HOSTS_NAME)
		return "is too long";
	if (hosts_name(name, s, n) != RC_OK)
		return "is not a host name";
	if (strlen(name) != n || memcmp(name, s, n) != 0)
		return "is not in lower case and without a final dot";
	return NULL;
}

const char *
hosts_check(const char *list, char bad[HOSTS_NAME])
{
	const char *why;
	size_t n, k;

	for (list += strspn(list, SPACE); *list != '\0';
	     list += strspn(list, SPACE)) {
		n = strcspn(list, SPACE);
		if ((why = pattern(list, n)) != NULL) {
			k = n < HOSTS_NAME ? n : HOSTS_NAME - 1;
			memcpy(bad, list, k);
			bad[k] = '\0';
			return why;
		}
		list += n;
	}
	return NULL;
}

/* Does the pattern of n bytes stand for the name? */
static int
fits(const char *s, size_t n, const char *name)
{
	size_t len = strlen(name);

	if (n == 1 && *s == '*')
		return 1;
	if (n > 1 && *s == '*') {
		s++;
		n--;
	} else if (*s == '.' && len == n - 1)
		return memcmp(s + 1, name, len) == 0;
	if (*s == '.')
		return len > n && memcmp(name + len - n, s, n) == 0;
	return len == n && memcmp(name, s, n) == 0;
}

int
hosts_has(const char *list, const char *name)
{
	size_t n;

	for (list += strspn(list, SPACE); *list != '\0';
	     list += n, list += strspn(list, SPACE)) {
		n = strcspn(list, SPACE);
		if (fits(list, n, name))
			return 1;
	}
	return 0;
}

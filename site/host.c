#include <ctype.h>
#include <string.h>

#include "host.h"

#define LABEL_MAX 63

/* Letters, digits and dashes in labels, divided by dots. */
static int
name_ok(const char *s)
{
	size_t n;

	for (;; s++) {
		n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
		if (n == 0 || n > LABEL_MAX || *s == '-' || s[n - 1] == '-')
			return 0;
		s += n;
		if (*s != '.')
			return *s == '\0';
	}
}

/* ":8080", or nothing. */
static int
port_ok(const char *s)
{
	size_t n;

	if (*s == '\0')
		return 1;
	n = strspn(++s, "0123456789");
	return n <= 5 && s[n] == '\0';
}

/* Is it an address?  No top-level domain is a number. */
static int
is_address(const char *name)
{
	const char *dot = strrchr(name, '.');

	return isdigit((unsigned char)(dot != NULL ? dot[1] : *name)) &&
	    name[strspn(name, "0123456789.")] == '\0';
}

/* What stands before ".base"; 0 if it ends otherwise. */
static size_t
under(const char *name, const char *base)
{
	size_t n = strlen(name), b = strlen(base);

	if (n <= b + 1 || strcmp(name + n - b, base) != 0 ||
	    name[n - b - 1] != '.')
		return 0;
	return n - b - 1;
}

enum rc
host_parse(struct host *h, const char *header, const char *base)
{
	size_t i, n = strcspn(header, ":");
	const char *cut;

	if (!port_ok(header + n))
		return RC_MALFORMED;
	if (n > 0 && header[n - 1] == '.')
		n--;
	if (n == 0 || n > HOST_MAX)
		return RC_MALFORMED;
	for (i = 0; i < n; i++)
		h->name[i] = (char)tolower((unsigned char)header[i]);
	h->name[n] = '\0';
	if (!name_ok(h->name))
		return RC_MALFORMED;
	if (is_address(h->name) || strcmp(h->name, base) == 0)
		return RC_NOT_FOUND;

	if ((n = under(h->name, base)) == 0) {
		h->scope = "domain";
		h->ask = h->key = h->name;
		return RC_OK;
	}
	if (n > LABEL_MAX || memchr(h->name, '.', n) != NULL)
		return RC_NOT_FOUND;
	memcpy(h->label, h->name, n);
	h->label[n] = '\0';
	h->scope = "own";
	h->ask = h->label;
	cut = strstr(h->label, "--");
	h->key = cut != NULL ? cut + 2 : h->label;
	return RC_OK;
}

/* lib/giturl: what passes is a plain URL of bytes that mean nothing else. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "giturl.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char url[4096], origin[GITURL_ORIGIN];
	struct giturl u;
	const char *p;
	size_t i;

	if (n >= sizeof(url))
		return 0;
	memcpy(url, data, n);
	url[n] = '\0';
	if (giturl_parse(&u, url, "127.0.0.1/32:8080 ::1/128") != NULL)
		return 0;
	n = strlen(url);
	p = strstr(url, "//");
	if (n > GITURL_MAX || url[0] == '-' || u.port == 0 || u.path < url ||
	    u.path >= url + n || u.path[0] == '-' || u.host[0] == '-' ||
	    u.host[0] == '\0')
		abort();
	if ((u.scheme == GITURL_SSH) != (u.user[0] != '\0') || u.user[0] == '-')
		abort();
	if (u.scheme != GITURL_SSH &&
	    (p == NULL || memchr(p, '@', 2 + strcspn(p + 2, "/")) != NULL))
		abort();
	giturl_origin(&u, origin);
	if (strlen(origin) < strlen(u.host) + 8)
		abort();
	for (i = 0; i < n; i++)
		if (url[i] <= ' ' || url[i] >= 0x7f ||
		    strchr("\"'\\`$;|&<>?#{}", url[i]) != NULL)
			abort();
	return 0;
}

/* lib/giturl: what passes is a plain URL of bytes that mean nothing else. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "giturl.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char url[4096];
	const char *p;
	size_t i;

	if (n >= sizeof(url))
		return 0;
	memcpy(url, data, n);
	url[n] = '\0';
	if (giturl_check(url, "127.0.0.1/32:8080 ::1/128") != NULL)
		return 0;
	n = strlen(url);
	p = strstr(url, "//");
	if (n > GITURL_MAX ||
	    (strncasecmp(url, "https://", 8) != 0 &&
		strncasecmp(url, "http://", 7) != 0))
		abort();
	if (p == NULL || memchr(p, '@', 2 + strcspn(p + 2, "/")) != NULL)
		abort();
	for (i = 0; i < n; i++)
		if (url[i] <= ' ' || url[i] >= 0x7f ||
		    strchr("\"'\\`$;|&<>?#{}", url[i]) != NULL)
			abort();
	return 0;
}

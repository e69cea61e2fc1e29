/* lib/addr: what is taken for an address or a net reads back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char s[512], text[ADDR_TEXT], bad[ADDR_TEXT] = "";
	const char *why;
	struct addr_list list;
	union addr a, b;
	size_t i;

	if (n >= sizeof(s))
		return 0;
	memcpy(s, data, n);
	s[n] = '\0';
	if (addr_parse(&a, s, 443) == RC_OK) {
		addr_text(&a.sa, text);
		if (addr_parse(&b, text, 0) != RC_OK ||
		    memcmp(&a, &b, sizeof(a)) != 0)
			abort();
	}
	why = addr_list_parse(&list, s, bad);
	if (why != NULL) {
		if (bad[0] == '\0') /* it must be named */
			abort();
		return 0;
	}
	for (i = 0; i < list.n; i++) {
		memset(&a, 0, sizeof(a));
		a.sa.sa_family = (sa_family_t)list.net[i].family;
		a.in.sin_port = htons(list.net[i].port);
		if (a.sa.sa_family == AF_INET)
			memcpy(&a.in.sin_addr, list.net[i].base, 4);
		else
			memcpy(&a.in6.sin6_addr, list.net[i].base, 16);
		if (list.net[i].bits < 0 ||
		    list.net[i].bits > (a.sa.sa_family == AF_INET ? 32 : 128) ||
		    !addr_list_has(&list, &a.sa) ||
		    addr_denied(&a.sa, &list) != NULL)
			abort();
	}
	return 0;
}

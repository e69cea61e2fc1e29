/* rules/redirects: whatever comes, it becomes a table that can be asked. */
#include "netlify.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct netlify_file f[3] = { { "_redirects", (const char *)data,
					       n },
		{ "_headers", NULL, 0 }, { "netlify.toml", NULL, 0 } };

	ask(f);
	return 0;
}

/* lib/manifest: a file that was cut or changed is refused or read, in bounds.
 */
#include <sys/mman.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static unsigned int sum;

static enum rc
look(void *unused, const char *path, size_t len, const struct manifest_file *f)
{
	(void)unused;
	while (len > 0)
		sum += (unsigned char)path[--len];
	sum += (unsigned int)strlen(f->type) + f->hash[31] + f->flags;
	return RC_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct manifest_file f;
	struct manifest *m;
	const char *s;
	size_t len;
	int fd = memfd_create("manifest", MFD_CLOEXEC);

	if (fd == -1 || write(fd, data, n) != (ssize_t)n)
		abort();
	if (manifest_open(&m, fd) == RC_OK) {
		if (manifest_find(m, "/index.html", 11, &f) == RC_OK)
			look(NULL, "", 0, &f);
		if (manifest_find(m, "", 0, &f) == RC_OK)
			look(NULL, "", 0, &f);
		if ((s = manifest_get(m, "spa", &len)) != NULL)
			while (len > 0)
				sum += (unsigned char)s[--len];
		if (manifest_walk(m, look, NULL) == RC_OK)
			sum++;
		manifest_close(m);
	}
	close(fd);
	return 0;
}

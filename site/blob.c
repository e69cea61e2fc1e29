#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "log.h"
#include "site.h"

#define WAYS 4
#define SETS 64 /* so 256 open files in each worker */

struct blob {
	char name[STORE_NAME_MAX]; /* "": empty */
	int fd;
	uint64_t used;
};

struct blobs {
	uint64_t tick;
	struct blob set[SETS][WAYS];
};

struct blobs *
blobs_new(void)
{
	struct blobs *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		fatalx("out of memory");
	return b;
}

void
blobs_free(struct blobs *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < SETS * WAYS; i++)
		if (*b->set[i / WAYS][i % WAYS].name != '\0')
			close(b->set[i / WAYS][i % WAYS].fd);
	free(b);
}

enum rc
blob_get(struct blobs *b, struct store *store, const char *name, int *fd)
{
	struct blob *set = b->set[hash_of(name) % SETS], *at = set;
	uint64_t size;
	enum rc rc;
	int i;

	for (i = 0; i < WAYS; i++) {
		if (strcmp(set[i].name, name) == 0) {
			set[i].used = ++b->tick;
			*fd = set[i].fd;
			return RC_OK;
		}
		if (set[i].used < at->used)
			at = &set[i];
	}
	if ((rc = store_get(store, name, fd, &size)) != RC_OK)
		return rc;
	if (*at->name != '\0')
		close(at->fd);
	strcpy(at->name, name);
	at->fd = *fd;
	at->used = ++b->tick;
	return RC_OK;
}

#include <sys/resource.h>
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "site.h"

#define BLOBS_MAX 2048 /* open in each worker, */
#define OTHERS    256  /* if it may have as many more descriptors */

struct blob {
	struct lru_item item;
	int fd;
	char name[STORE_NAME_MAX];
};

static void
drop(struct lru_item *i)
{
	struct blob *b = (struct blob *)i;

	close(b->fd);
	free(b);
}

/* As many as the hard limit on descriptors has room for. */
struct lru *
blobs_new(void)
{
	struct rlimit l;
	rlim_t want = BLOBS_MAX + OTHERS;

	if (getrlimit(RLIMIT_NOFILE, &l) == -1)
		fatal("getrlimit");
	if (l.rlim_cur < want) {
		l.rlim_cur = l.rlim_max < want ? l.rlim_max : want;
		if (setrlimit(RLIMIT_NOFILE, &l) == -1)
			fatal("setrlimit");
	}
	if (l.rlim_cur >= want)
		return lru_new(BLOBS_MAX, drop);
	return lru_new(l.rlim_cur / 2, drop);
}

/* One that was removed while it is open is none: nginx opens it by name. */
static int
is_whole(int fd, uint64_t size)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (uint64_t)st.st_size == size &&
	    st.st_nlink > 0;
}

enum rc
blob_get(struct lru *blobs, struct store *store, const char *name,
    uint64_t size, int *fd)
{
	struct blob *b = lru_find(blobs, name);
	uint64_t is;
	enum rc rc;
	int f;

	if (b != NULL && !is_whole(b->fd, size)) {
		lru_forget(blobs, name);
		b = NULL;
	}
	if (b == NULL) {
		if ((rc = store_get(store, name, &f, &is)) != RC_OK)
			return rc;
		if (is != size) {
			close(f);
			return RC_FAIL;
		}
		if ((b = calloc(1, sizeof(*b))) == NULL)
			fatalx("out of memory");
		b->fd = f;
		strcpy(b->name, name);
		lru_add(blobs, &b->item, b->name, 1);
	}
	*fd = b->fd;
	return RC_OK;
}

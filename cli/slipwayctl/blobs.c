#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "blobs.h"
#include "log.h"

time_t
blobs_before(time_t now, time_t building)
{
	time_t since = building + BLOBS_HOUR;

	return now - (since > BLOBS_DAY ? since : BLOBS_DAY);
}

static enum rc
mark_file(void *arg, const char *path, size_t len,
    const struct manifest_file *file)
{
	struct blobs *b = arg;

	(void)path;
	(void)len;
	marks_add(&b->marked, file->hash);
	if (b->found != NULL)
		b->found(b->arg, file);
	return RC_OK;
}

enum rc
blobs_mark(struct blobs *b, const char *name)
{
	struct manifest_file self = { .type = NULL };
	struct manifest *m;
	enum rc rc;
	int fd;

	if (sodium_hex2bin(self.hash, sizeof(self.hash), name, strlen(name),
		NULL, NULL, NULL) != 0)
		return RC_FAIL;
	marks_add(&b->marked, self.hash);
	if ((rc = store_get(b->store, name, &fd, &self.size)) != RC_OK) {
		log_warnx("manifest %s: %s", name, rc_title(rc));
		return rc;
	}
	if (b->found != NULL)
		b->found(b->arg, &self);
	rc = manifest_open(&m, fd);
	close(fd);
	if (rc == RC_OK) {
		rc = manifest_walk(m, mark_file, b);
		manifest_close(m);
	}
	if (rc != RC_OK)
		log_warnx("manifest %s cannot be read", name);
	return rc;
}

static enum rc
sweep_one(void *arg, const char *name, uint64_t size, time_t used)
{
	struct blobs *b = arg;
	enum rc rc = used >= b->before || marks_has(&b->marked, name) ?
	    RC_CONFLICT :
	    RC_OK;

	if (rc == RC_OK && !b->dry)
		rc = store_remove(b->store, name, b->before);
	if (rc == RC_OK) {
		log_debug("%s", name);
		b->swept++;
		b->swept_bytes += size;
	} else {
		b->failed += rc != RC_CONFLICT && rc != RC_NOT_FOUND;
		b->kept++;
		b->kept_bytes += size;
	}
	return RC_OK;
}

enum rc
blobs_sweep(struct blobs *b)
{
	marks_sort(&b->marked);
	return store_walk(b->store, b->dry ? 0 : b->before, sweep_one, b);
}

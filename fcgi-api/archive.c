/*
 * A deployment as one tar archive, streamed from its blobs.
 *
 * A client may take it as slowly as it likes, and nothing is spooled on its
 * behalf: a disk full of archives for clients that stand still would be worse.
 * So it is sent by a process of its own, of which there are only so many, as
 * fast as the client takes it; one that takes less than PACE bytes in STALL
 * seconds is given up.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "content.h"
#include "log.h"
#include "tar.h"

#define CHUNK       (64 * 1024)
#define PACE        (256 * 1024)
#define STALL       30 /* seconds */
#define RETRY_AFTER 10 /* seconds, when all places are taken */

struct sender {
	struct req *r;
	const struct content *c;
	uint64_t size;   /* of the whole */
	uint64_t paced;  /* bytes since */
	long long since; /* when */
	char head[TAR_HEAD_MAX];
	char buf[CHUNK];
};

/* Paths are names in the archive without their slash. */
static enum rc
measure(void *arg, const char *path, size_t len, const struct manifest_file *f)
{
	struct sender *s = arg;

	if (len - 1 > TAR_NAME_MAX)
		return RC_FAIL;
	s->size += tar_head(NULL, path + 1, len - 1, f->size, s->c->published) +
	    f->size + tar_padding(f->size);
	return RC_OK;
}

/* RC_BUSY: the client is gone, or as good as. */
static enum rc
put(struct sender *s, const char *p, size_t n)
{
	long long now;

	reply_part(s->r, p, n);
	if (FCGX_GetError(s->r->fcgx->out) != 0)
		return RC_BUSY;
	if ((s->paced += n) >= PACE) {
		now = now_ms();
		if (now - s->since > STALL * 1000)
			return RC_BUSY;
		s->since = now;
		s->paced = 0;
		alarm(2 * STALL);
	}
	return RC_OK;
}

static enum rc
put_blob(struct sender *s, int fd, uint64_t size)
{
	ssize_t n;
	enum rc rc;

	while (size > 0) {
		n = read(fd, s->buf, size < CHUNK ? size : CHUNK);
		if (n <= 0) {
			log_warn("read of a blob");
			return RC_FAIL;
		}
		if ((rc = put(s, s->buf, (size_t)n)) != RC_OK)
			return rc;
		size -= (uint64_t)n;
	}
	return RC_OK;
}

static enum rc
put_file(void *arg, const char *path, size_t len, const struct manifest_file *f)
{
	static const char zero[TAR_BLOCK];
	struct sender *s = arg;
	char name[STORE_NAME_MAX];
	uint64_t size;
	enum rc rc;
	size_t n;
	int fd;

	sodium_bin2hex(name, sizeof(name), f->hash, sizeof(f->hash));
	if ((rc = store_get(s->r->w->store, name, &fd, &size)) != RC_OK ||
	    size != f->size) {
		log_warnx("blob %s: %s", name,
		    rc != RC_OK ? rc_name(rc) : "not as long as it was");
		if (rc == RC_OK)
			close(fd);
		return RC_FAIL;
	}
	n = tar_head(s->head, path + 1, len - 1, f->size, s->c->published);
	if ((rc = put(s, s->head, n)) == RC_OK &&
	    (rc = put_blob(s, fd, f->size)) == RC_OK)
		rc = put(s, zero, tar_padding(f->size));
	close(fd);
	return rc;
}

static enum rc
send_all(struct sender *s)
{
	static const char end[TAR_END];
	const struct timeval stall = { .tv_sec = STALL };
	enum rc rc;

	(void)setsockopt(s->r->fcgx->ipcFd, SOL_SOCKET, SO_SNDTIMEO, &stall,
	    sizeof(stall));
	alarm(2 * STALL);
	s->since = now_ms();
	rc = manifest_walk(s->c->m, put_file, s);
	return rc != RC_OK ? rc : put(s, end, TAR_END);
}

/*
 * 200 with the archive.  Its length is said beforehand, so that a client sees
 * when it was cut.  404; 409 without files; 503 while too many are sent.
 */
enum rc
archive_send(struct req *r)
{
	struct sender *s = arena_alloc(r->arena, sizeof(*s));
	struct content c;
	enum rc rc;

	*s = (struct sender){ .r = r, .c = &c, .size = TAR_END };
	if ((rc = content_open(r, r->arg[0], &c)) != RC_OK ||
	    (rc = manifest_walk(c.m, measure, s)) != RC_OK ||
	    (!r->head && (rc = work_apart(r)) != RC_OK) || r->apart)
		return rc;
	if (!r->head && (rc = gate_download(c.team, limit_wide(r))) != RC_OK) {
		r->retry_after = RETRY_AFTER;
		return req_say(r, RC_BUSY,
		    rc == RC_LIMITED ?
			"Your team or your network downloads as many "
			"deployments as it may at once, a quarter or half of "
			"downloads-at-once; try again in some seconds." :
			"As many deployments are downloaded as may be at once "
			"(downloads-at-once); try again in some seconds.");
	}
	reply_begin(r, "application/x-tar",
	    arena_printf(r->arena,
		"Content-Length: %llu\r\n"
		"Content-Disposition: attachment; "
		"filename=\"%.63s-%.40s.tar\"\r\n"
		"X-Accel-Buffering: no\r\n",
		(unsigned long long)s->size, c.slug, c.id));
	if (!r->head && (rc = send_all(s)) != RC_OK)
		log_warnx("%s: cut off", r->path);
	return RC_OK;
}

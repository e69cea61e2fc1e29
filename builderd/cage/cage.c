#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cage-msg.h"
#include "init-msg.h"
#include "log.h"

#define OPEN_MS  60000 /* what a cage may take, after the one before it */
#define CLOSE_MS 5000  /* what a warden may take to tidy up */

struct cage {
	int warden;
	int keeper;
	int saved; /* the directory of what this project's builds kept */
	int in;    /* of what runs; the cage ends when this is closed */
	int running;
	char image[CAGE_IMAGE_MAX]; /* of runs that name none */
};

/* Sends one descriptor along, if it is not -1. */
static enum rc
ask(const struct cage *c, int sock, const void *q, size_t size, int fd,
    enum cage_what what, int fds[CAGE_FDS])
{
	enum rc rc;

	if (c->running)
		return RC_CONFLICT;
	if ((rc = cage_send(sock, q, size, &fd, fd != -1)) != RC_OK)
		return rc;
	return cage_answered(sock, what, NULL, fds, CAGE_FDS);
}

static enum rc
ask_warden(const struct cage *c, const struct cage_ask *q, int fds[CAGE_FDS])
{
	return ask(c, c->warden, q, sizeof(*q), -1, (enum cage_what)q->what,
	    fds);
}

static enum rc
ask_keeper(const struct cage *c, const struct cage_request *q, int fd,
    int fds[CAGE_FDS])
{
	return ask(c, c->keeper, q, sizeof(*q), fd, (enum cage_what)q->what,
	    fds);
}

/* What is in the workspace, by one of CAGE_MERGE and CAGE_TREE. */
static enum rc
merge(const struct cage *c, enum cage_what what, int *fd)
{
	const struct cage_ask q = { .what = (uint32_t)what };
	int fds[CAGE_FDS];
	enum rc rc;

	if ((rc = ask_warden(c, &q, fds)) == RC_OK)
		*fd = fds[0];
	return rc;
}

/* A name of ours is shorter than its field; if not, the helper says no. */
static void
copy(char *to, size_t size, const char *from)
{
	size_t n = strnlen(from, size - 1);

	memset(to, 0, size);
	memcpy(to, from, n);
}

enum rc
cage_open(struct cage **cp, int line, const struct cage_spec *s)
{
	const struct cage_ask q = { .what = CAGE_OPENED,
		.memory = (uint32_t)s->memory,
		.cpus = (uint32_t)s->cpus,
		.disk = (uint32_t)s->disk,
		.pids = (uint32_t)s->pids,
		.inodes = (uint32_t)s->inodes };
	struct pollfd p = { .fd = line, .events = POLLIN };
	int fds[CAGE_FDS];
	struct cage *c;
	enum rc rc;

	*cp = NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("cage");
	c->warden = line;
	c->keeper = c->saved = c->in = -1;
	copy(c->image, sizeof(c->image),
	    s->image == NULL ? "default" : s->image);
	if ((rc = cage_send(line, &q, sizeof(q), NULL, 0)) == RC_OK)
		rc = poll(&p, 1, OPEN_MS) == 1 ?
		    cage_answered(line, CAGE_OPENED, NULL, fds, CAGE_FDS) :
		    RC_BUSY;
	if (rc == RC_OK) {
		c->keeper = fds[CAGE_KEEPER];
		c->saved = fds[CAGE_SAVED];
		*cp = c;
	} else
		cage_close(c);
	return rc;
}

/* The warden has undone everything when its end of the line is gone. */
static void
wait_for_warden(int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	char buf[sizeof(struct cage_reply)];

	if (shutdown(sock, SHUT_WR) == -1)
		return;
	while (poll(&p, 1, CLOSE_MS) == 1)
		if (recv(sock, buf, sizeof(buf), MSG_DONTWAIT) <= 0)
			return;
	log_warnx("the warden of the cage takes long");
}

void
cage_close(struct cage *c)
{
	if (c == NULL)
		return;
	if (c->in != -1)
		close(c->in);
	if (c->keeper != -1)
		close(c->keeper);
	if (c->saved != -1)
		close(c->saved);
	wait_for_warden(c->warden);
	close(c->warden);
	free(c);
}

static enum rc
put(int fd, const void *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = send(fd, p, n, MSG_NOSIGNAL);
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1)
			return RC_FAIL;
		p = (const char *)p + k;
		n -= (size_t)k;
	}
	return RC_OK;
}

static enum rc
put_list(int fd, const char *const *list)
{
	enum rc rc = RC_OK;

	for (; rc == RC_OK && *list != NULL; list++)
		rc = put(fd, *list, strlen(*list) + 1);
	return rc;
}

static uint32_t
measure(const char *const *list, uint64_t *size)
{
	uint32_t n = 0;

	for (; list[n] != NULL; n++)
		*size += strlen(list[n]) + 1;
	return n;
}

enum rc
cage_start(struct cage *c, const struct cage_run *r,
    const uint16_t ports[CAGE_PORTS], struct cage_io *io)
{
	struct cage_request q = { .what = CAGE_START,
		.kind = (uint32_t)r->kind };
	struct init_head h = { .input = r->input_size };
	uint64_t size = strlen(r->cwd) + 1;
	int fds[CAGE_FDS], workspace = -1;
	enum rc rc;

	h.argc = measure(r->argv, &size);
	h.envc = measure(r->env, &size);
	if (size > INIT_STRINGS_MAX)
		return RC_TOO_LARGE;
	h.strings = (uint32_t)size;
	copy(q.image, sizeof(q.image), r->image != NULL ? r->image : c->image);
	memcpy(q.ports, ports, sizeof(q.ports));
	if (r->kind == CAGE_BUILD &&
	    (rc = merge(c, CAGE_MERGE, &workspace)) != RC_OK)
		return rc;
	rc = ask_keeper(c, &q, workspace, fds);
	if (workspace != -1)
		close(workspace);
	if (rc != RC_OK)
		return rc;
	c->running = 1;
	c->in = fds[0];
	io->out = fds[1];
	io->err = fds[2];
	memcpy(io->tcp, fds + 3, sizeof(io->tcp));
	memcpy(io->dns, fds + 3 + CAGE_PORTS * 2, sizeof(io->dns));

	/* If it is dead before it has read all, cage_end() tells of that. */
	if (put(c->in, &h, sizeof(h)) != RC_OK ||
	    put(c->in, r->cwd, strlen(r->cwd) + 1) != RC_OK ||
	    put_list(c->in, r->argv) != RC_OK ||
	    put_list(c->in, r->env) != RC_OK ||
	    put(c->in, r->input, r->input_size) != RC_OK)
		log_debug("what runs in the cage did not read its input");
	return RC_OK;
}

int
cage_fd(const struct cage *c)
{
	return c->keeper;
}

enum rc
cage_end(struct cage *c, struct cage_end *e)
{
	enum rc rc;

	if (!c->running)
		return RC_CONFLICT;
	rc = cage_answered(c->keeper, CAGE_ENDED, e, NULL, 0);
	c->running = 0;
	if (c->in != -1)
		close(c->in);
	c->in = -1;
	return rc;
}

enum rc
cage_kill(struct cage *c)
{
	const struct cage_request q = { .what = CAGE_KILL };

	return cage_send(c->keeper, &q, sizeof(q), NULL, 0);
}

static enum rc
sweep(struct cage *c, enum cage_what what)
{
	const struct cage_request q = { .what = (uint32_t)what };
	int fds[CAGE_FDS];

	return ask_keeper(c, &q, -1, fds);
}

enum rc
cage_tree(struct cage *c, int *dirfd)
{
	enum rc rc;

	if ((rc = sweep(c, CAGE_SHOW)) != RC_OK)
		return rc;
	return merge(c, CAGE_TREE, dirfd);
}

static enum rc
with_key(struct cage *c, enum cage_what what, const char *key)
{
	struct cage_ask q = { .what = (uint32_t)what };
	int fds[CAGE_FDS];

	if (strlen(key) != CAGE_KEY_MAX - 1 ||
	    strspn(key, "0123456789abcdef") != CAGE_KEY_MAX - 1)
		return RC_INVALID;
	copy(q.key, sizeof(q.key), key);
	return ask_warden(c, &q, fds);
}

enum rc
cage_layer(struct cage *c, const char *key)
{
	return with_key(c, CAGE_LAYER, key);
}

static int
is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec ||
	    (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* The key of the image used last that begins like that. */
static enum rc
find_like(int dir, const char *key, char found[CAGE_KEY_MAX])
{
	struct timespec newest = { 0 };
	int fd = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	struct dirent *e;
	struct stat st;
	DIR *d;

	*found = '\0';
	if (fd == -1 || (d = fdopendir(fd)) == NULL) {
		log_warn("what was saved");
		if (fd != -1)
			close(fd);
		return RC_FAIL;
	}
	rewinddir(d);
	while ((e = readdir(d)) != NULL)
		if (strlen(e->d_name) == CAGE_KEY_MAX + 3 &&
		    strncmp(e->d_name, key, CAGE_KEY_MAX / 2) == 0 &&
		    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    is_later(&st.st_mtim, &newest)) {
			newest = st.st_mtim;
			copy(found, CAGE_KEY_MAX, e->d_name);
		}
	closedir(d);
	return *found != '\0' ? RC_OK : RC_NOT_FOUND;
}

enum rc
cage_layer_like(struct cage *c, const char *key)
{
	char found[CAGE_KEY_MAX];
	enum rc rc;

	if ((rc = find_like(c->saved, key, found)) != RC_OK)
		return rc;
	return with_key(c, CAGE_LAYER, found);
}

void
cage_saving(const struct cage *c)
{
	if (flock(c->saved, LOCK_SH) == -1)
		log_warn("what is saved");
}

int
cage_others_save(const struct cage *c)
{
	if (flock(c->saved, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK;
	flock(c->saved, LOCK_UN);
	return 0;
}

enum rc
cage_reset(struct cage *c)
{
	const struct cage_ask q = { .what = CAGE_RESET };
	int fds[CAGE_FDS];
	enum rc rc;

	if ((rc = sweep(c, CAGE_FORGET)) != RC_OK)
		return rc;
	return ask_warden(c, &q, fds);
}

enum rc
cage_save(struct cage *c, const char *key)
{
	enum rc rc;

	if ((rc = sweep(c, CAGE_KEEP_ONLY)) != RC_OK)
		return rc;
	return with_key(c, CAGE_SAVE, key);
}

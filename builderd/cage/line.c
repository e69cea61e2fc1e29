#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "builderd/proxy/proxy.h"
#include "log.h"
#include "root/root.h"

/* builderd's end of the line to its helper, and of those to the slots. */
struct helper {
	int fd, slots[CAGE_SLOTS];
	size_t nslots;
	pid_t pid;
	struct helper_shared *shared;
};

enum rc
helper_start(struct helper **hp, const struct conf *conf)
{
	static struct helper one; /* there is never another */
	struct helper *h = &one;
	uint32_t rc;
	int p[2];

	*hp = NULL;
	if (geteuid() != 0) {
		log_warnx("must be started as root: cages need it");
		return RC_DENIED;
	}
	proxy_find(conf);
	h->shared = mmap(NULL, sizeof(*h->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h->shared == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		fatal("helper");
	if ((h->pid = fork()) == 0)
		helper_main(conf, h->shared, p[1]);
	if (h->pid == -1)
		fatal("fork");
	close(p[1]);
	h->fd = p[0];
	h->nslots = CAGE_SLOTS;
	if (cage_recv(h->fd, &rc, sizeof(rc), h->slots, &h->nslots) !=
	    sizeof(rc))
		rc = RC_FAIL;
	if (rc == RC_OK)
		*hp = h;
	return (enum rc)rc;
}

int
helper_fd(const struct helper *h)
{
	return h->fd;
}

static void
hang_up(struct helper *h)
{
	close(h->fd);
	h->fd = -1;
	while (h->nslots > 0)
		close(h->slots[--h->nslots]);
}

void
helper_stop(struct helper *h)
{
	hang_up(h);
	while (waitpid(h->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
}

void
helper_forget(struct helper *h)
{
	hang_up(h);
	munmap(h->shared, sizeof(*h->shared));
	h->shared = NULL;
}

enum rc
helper_deadline(struct helper *h, int slot, uint64_t ms)
{
	if (slot < 0 || slot >= CAGE_SLOTS)
		return RC_INVALID;
	atomic_store(&h->shared->deadline[slot], ms);
	return RC_OK;
}

enum rc
helper_extend(struct helper *h, int slot, uint64_t ms)
{
	uint64_t was;

	if (slot < 0 || slot >= CAGE_SLOTS)
		return RC_INVALID;
	was = atomic_load(&h->shared->deadline[slot]);
	while (was < ms &&
	    !atomic_compare_exchange_weak(&h->shared->deadline[slot], &was, ms))
		continue;
	return RC_OK;
}

uint64_t
helper_until(const struct helper *h, int slot)
{
	return atomic_load(&h->shared->deadline[slot]);
}

int
helper_stuck(const struct helper *h, int slot)
{
	return atomic_load(&h->shared->stuck[slot]);
}

/* A name of ours is shorter than its field; if not, the helper says no. */
enum rc
cage_line(struct helper *h, const struct cage_spec *s, int *line)
{
	struct cage_bind b;
	enum rc rc;
	int p[2];

	if (s->slot < 0 || (size_t)s->slot >= h->nslots)
		return RC_INVALID;
	memset(&b, 0, sizeof(b));
	strncpy(b.deployment, s->deployment, sizeof(b.deployment) - 1);
	strncpy(b.project, s->project, sizeof(b.project) - 1);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1) {
		log_warn("cage");
		return RC_FAIL;
	}
	rc = cage_send(h->slots[s->slot], &b, sizeof(b), &p[1], 1);
	close(p[1]);
	if (rc == RC_OK)
		*line = p[0];
	else
		close(p[0]);
	return rc;
}

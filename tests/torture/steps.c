/*
 * steps -- the steps of a build that only pretends, for most of a run.
 *
 * They wait for events as real ones do, say numbered lines, and publish a few
 * small files; publish.c itself is the real one.  How long they take, and
 * whether the build fails, follows from the fence.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd/builderd.h"
#include "control.h"
#include "signals.h"

#define LINES  8    /* that a build says */
#define TAKES  900  /* ms, at most */
#define LONG   7000 /* but for a few, which last longer than a lease */
#define FAILS  12   /* one build in so many does not work */
#define COMMON 3000

/* As a command runs: until it is done, stopped, or its cage is gone. */
static enum rc
pass(struct build *b, unsigned int ms)
{
	struct pollfd p = { .fd = cage_fd(b->cage), .events = POLLIN };
	uint64_t until = clock_ms() + ms, now;
	int due;

	while ((now = clock_ms()) < until && !signals_stop) {
		if ((due = journal_due(b->journal)) == 0 &&
		    journal_send(b->journal) == RC_CONFLICT)
			return RC_CONFLICT;
		p.revents = 0;
		signals_poll(&p, 1,
		    due > 0 && (uint64_t)due < until - now ?
			due :
			(int)(due == 0 ? 10 : until - now));
		if (p.revents != 0)
			return build_fail(b, "internal", "the cage is gone");
	}
	return RC_OK;
}

static uint64_t
dice_of(const struct build *b)
{
	return strtoull(b->c.fence, NULL, 10) * 2654435761;
}

enum rc
step_fetch(struct build *b)
{
	return pass(b, 20);
}

enum rc
step_detect(struct build *b)
{
	b->framework = framework_find("static");
	b->install = "";
	b->command = "pretend";
	b->node = "";
	return RC_OK;
}

enum rc
step_restore(struct build *b)
{
	return pass(b, 5);
}

enum rc
step_install(struct build *b)
{
	return pass(b, 20);
}

enum rc
step_build(struct build *b)
{
	uint64_t state = dice_of(b);
	unsigned int ms = dice_below(&state, TAKES);
	enum rc rc = RC_OK;
	int i;

	if (dice_below(&state, 6) == 0)
		ms += dice_below(&state, LONG);
	for (i = 1; i <= LINES && rc == RC_OK; i++) {
		journal_say(b->journal, "work %d of %d", i, LINES);
		rc = pass(b, ms / LINES);
	}
	if (rc == RC_OK && !signals_stop && dice_below(&state, FAILS) == 0)
		return build_fail(b, "build_failed", "it does not work");
	return rc;
}

static enum rc
put(struct build *b, const char *name, const char *text, size_t n)
{
	int fd = openat(b->output_fd, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd == -1 || write(fd, text, n) != (ssize_t)n)
		return build_fail(b, "internal", "%s: %s", name,
		    strerror(errno));
	close(fd);
	b->files[b->nfiles++] = (struct output_file){ name, n };
	b->bytes += n;
	return RC_OK;
}

/* A directory for each slot; nobody else has the slot meanwhile. */
enum rc
step_collect(struct build *b)
{
	const char *dir = arena_printf(b->arena, "%s/%s-%d",
	    getenv("TORTURE_OUTPUT"), getenv("TORTURE_WORKER"), b->slot);
	const char *own =
	    arena_printf(b->arena, "%s %s\n", b->c.id, b->c.fence);
	char common[COMMON];
	enum rc rc;

	memset(common, 'a', sizeof(common));
	if ((mkdir(dir, 0755) == -1 && errno != EEXIST) ||
	    (b->output_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
		-1)
		return build_fail(b, "internal", "%s: %s", dir,
		    strerror(errno));
	b->files = arena_alloc(b->arena, 2 * sizeof(*b->files));
	if ((rc = put(b, "common.css", common, sizeof(common))) == RC_OK)
		rc = put(b, "index.html", own, strlen(own));
	return rc;
}

enum rc
step_save(struct build *b)
{
	(void)b;
	return RC_OK;
}

/*
 * slot -- a build and its process, as the loop has them.
 */
#include <sys/prctl.h>

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bell.h"
#include "inject.h"
#include "log.h"
#include "loop.h"
#include "priv.h"
#include "signals.h"

#define STOP 1000   /* what a build may take to go when asked */
#define SAVE 120000 /* what is done after the last word */

static const int end_query[] = { [END_CRASHED] = Q_CRASHED,
	[END_CANCELED] = Q_CANCELED,
	[END_RELEASED] = Q_RELEASE };

void
loop_leave(struct loop *l, pid_t parent)
{
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	helper_forget(l->helper);
	db_forget(l->db);
	db_forget(l->news);
	close(bell_fd(l->bell));
	close(renewer_fd(l->renewer));
	for (i = 0; i < l->n; i++)
		if (l->slots[i].tell != -1)
			close(l->slots[i].tell);
	if (getppid() != parent)
		_exit(1);
}

static void
hex(char out[SLOT_HEX], const unsigned char bytes[32])
{
	memcpy(out, "\\x", 2);
	sodium_bin2hex(out + 2, SLOT_HEX - 2, bytes, 32);
}

void
slot_secret(struct slot *s, char hash[SLOT_HEX])
{
	unsigned char secret[32], sum[crypto_hash_sha256_BYTES];

	randombytes_buf(secret, sizeof(secret));
	crypto_hash_sha256(sum, secret, sizeof(secret));
	hex(s->secret, secret);
	hex(hash, sum);
	sodium_memzero(secret, sizeof(secret));
}

void
slot_keep(struct loop *l, struct slot *s, uint64_t deadline)
{
	if (helper_deadline(l->helper, (int)(s - l->slots), deadline) != RC_OK)
		fatalx("the helper is gone");
}

static int
ours(const struct loop *l, const struct slot *s)
{
	return clock_boot_ms() < helper_until(l->helper, (int)(s - l->slots));
}

/*
 * Asked to stop, a build takes its cage down before it goes, so that what is
 * said of it afterwards is true.  One that is not ours has no time for that.
 */
void
slot_end(struct slot *s, enum end why)
{
	if (s->pid == 0 || s->ended)
		return;
	s->end = why;
	if (why == END_LOST)
		kill(-s->pid, SIGKILL);
	else if (s->kill_at == 0) {
		s->kill_at = clock_ms() + STOP;
		kill(s->pid, SIGTERM);
	}
}

static void __attribute__((noreturn))
run(struct loop *l, struct slot *s, int tell, int secrets, int line)
{
	struct build b = { .conf = l->conf,
		.opener = secrets,
		.line = line,
		.slot = (int)(s - l->slots),
		.arena = arena_new(),
		.c = s->c,
		.tell = tell };

	b.c.secret = s->secret;
	signals_stop = 0; /* from now on it means this build */
	log_tag(b.c.id);
	INJECT_BEGIN(b.c.fence);
	build_run(&b);
	exit(0);
}

void
slot_start(struct loop *l, struct slot *s)
{
	const struct cage_spec spec = { .deployment = s->c.id,
		.project = s->c.project,
		.fence = strtoull(s->c.fence, NULL, 10),
		.slot = (int)(s - l->slots) };
	pid_t parent = getpid();
	int p[2], secrets, line;

	if (pipe2(p, O_CLOEXEC) == -1)
		fatal("pipe");
	if (opener_socket(l->opener, s->c.project, &secrets) != RC_OK)
		fatalx("slipway-open is gone");
	if (cage_line(l->helper, &spec, &line) != RC_OK)
		fatalx("the helper is gone");
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	log_info("%s: attempt %s of %s, slot %d", s->c.id, s->c.attempt,
	    s->c.slug, (int)(s - l->slots));
	switch (s->pid = fork()) {
	case -1:
		log_warn("fork");
		s->pid = 0; /* and is given back */
		s->end = END_RELEASED;
		close(p[0]);
		p[0] = -1;
		break;
	case 0:
		setpgid(0, 0);
		close(p[0]);
		priv_settle();
		loop_leave(l, parent);
		close(opener_fd(l->opener));
		run(l, s, p[1], secrets, line);
	default:
		setpgid(s->pid, s->pid); /* whoever comes first */
		renewer_keep(l->renewer, (int)(s - l->slots), s->c.id,
		    s->c.fence);
	}
	/* No other is to see it. */
	sodium_memzero(s->secret, sizeof(s->secret));
	close(p[1]);
	close(secrets);
	close(line);
	s->tell = p[0];
}

void
slot_hear(struct loop *l, struct slot *s)
{
	char buf[8];
	ssize_t n, i;

	if (s->tell == -1)
		return;
	n = read(s->tell, buf, sizeof(buf));
	for (i = 0; i < n; i++) {
		s->ending |= buf[i] == TELL_ENDING;
		if (buf[i] == TELL_ENDED) {
			s->ended = 1;
			renewer_drop(l->renewer, (int)(s - l->slots));
			slot_keep(l, s, clock_boot_ms() + SAVE);
		}
	}
	if (n == 0) {
		close(s->tell);
		s->tell = -1;
	}
}

void
slot_follow(struct loop *l, struct slot *s, const char *id)
{
	if (s != NULL && s->pid != 0)
		kill(s->pid, SIGUSR1);
	query_tell(l->db, l->arena, id);
}

void
slot_settle(struct loop *l, struct slot *s)
{
	const char *params[2];
	PGresult *res;

	if (!s->ended && s->end != END_LOST && ours(l, s)) {
		params[0] = s->c.id;
		params[1] = s->c.fence;
		if (db_run(l->db, l->arena, end_query[s->end], params, &res) ==
		    RC_BUSY)
			return; /* in the next turn, while it is ours */
	}
	if (!s->ended)
		query_tell(l->db, l->arena, s->c.id);
	if (s->tell != -1)
		close(s->tell);
	s->tell = -1;
	s->taken = 0;
	arena_reset(s->arena);
	l->look = 1;
}

void
slot_overdue(struct loop *l, struct slot *s)
{
	if (s->pid != 0 && s->kill_at != 0 && clock_ms() >= s->kill_at)
		kill(-s->pid, SIGKILL);
	if (s->pid == 0 || ours(l, s))
		return;
	log_warnx("%s: %s", s->c.id,
	    s->ended ? "saving takes too long" : "its lease ran out");
	s->end = END_LOST;
	kill(-s->pid, SIGKILL);
}

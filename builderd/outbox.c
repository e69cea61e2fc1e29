/*
 * outbox -- takes what is due, has it posted, and notes what came of it.
 *
 * It is a process beside the builds.  What it takes is its own until the next
 * attempt would be due, which is longer than the posting takes; one that dies
 * leaves the rest to that.  Each notice is posted by a process that has its
 * URL and its secret and nothing else: neither the database nor the opener.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd.h"
#include "log.h"
#include "opener.h"
#include "post.h"

#define AT_ONCE 8
#define SECONDS 20 /* for one; the first pause is 45 */
#define SAID    256

enum column {
	C_ID,
	C_ATTEMPT,
	C_KEY,
	C_PROJECT,
	C_HOOK,
	C_URL,
	C_SEALED,
	C_BODY
};

struct sending {
	int fd; /* what is said of it; its end is the process's */
	pid_t pid;
};

/* The last that is done here: no row, no line and no key is in reach. */
static void __attribute__((noreturn))
send_one(const struct conf *conf, const struct post *p, int to)
{
	char said[SAID] = "";
	enum rc rc;

	if (dup2(to, STDIN_FILENO) == -1 || close_range(3, ~0U, 0) == -1)
		_exit(1);
	alarm(SECONDS);
	rc = post_send(conf, p, said, sizeof(said));
	if (write(STDIN_FILENO, said, strlen(said)) == -1)
		_exit(1);
	_exit(rc == RC_OK ? 0 : 1);
}

static enum rc
secret(struct opener *opener, struct arena *a, const PGresult *res, int row,
    const char **value)
{
	unsigned char *box;
	size_t n;
	enum rc rc;
	int sock;

	if ((rc = opener_socket(opener, PQgetvalue(res, row, C_PROJECT),
		 &sock)) != RC_OK)
		return rc;
	box = PQunescapeBytea((unsigned char *)PQgetvalue(res, row, C_SEALED),
	    &n);
	if (box == NULL)
		fatalx("out of memory");
	rc = opener_open(sock, a, "hook", PQgetvalue(res, row, C_HOOK), box, n,
	    value);
	PQfreemem(box);
	close(sock);
	return rc;
}

static void
begin(const struct conf *conf, struct opener *opener, const PGresult *res,
    int row, struct sending *s)
{
	struct post p = { .url = PQgetvalue(res, row, C_URL),
		.key = PQgetvalue(res, row, C_KEY),
		.body = PQgetvalue(res, row, C_BODY) };
	struct arena *a = arena_new();
	int pipefd[2];

	s->fd = -1;
	if (secret(opener, a, res, row, &p.secret) == RC_OK &&
	    pipe2(pipefd, O_CLOEXEC) == 0) {
		if ((s->pid = fork()) == 0)
			send_one(conf, &p, pipefd[1]);
		close(pipefd[1]);
		s->fd = pipefd[0];
	}
	arena_free(a); /* wiped */
}

static void
finish(struct db *db, struct arena *a, const PGresult *taken, int row,
    struct sending *s)
{
	char said[SAID] = "the secret cannot be opened; set the hook again";
	int status = -1;
	PGresult *res;
	ssize_t n;

	if (s->fd != -1) {
		n = read(s->fd, said, sizeof(said) - 1);
		said[n > 0 ? n : 0] = '\0';
		close(s->fd);
		if (s->pid == -1 || waitpid(s->pid, &status, 0) != s->pid)
			status = -1;
	}
	if (*said == '\0')
		snprintf(said, sizeof(said), "no answer in %d s", SECONDS);
	if (db_run(db, a, Q_OUTBOX_DONE,
		(const char *[]){ PQgetvalue(taken, row, C_ID),
		    PQgetvalue(taken, row, C_ATTEMPT), status == 0 ? "t" : "f",
		    said },
		&res) == RC_OK)
		log_info("%s: %s: %s", PQgetvalue(taken, row, C_KEY),
		    PQgetvalue(res, 0, 0), said);
}

void
outbox_run(const struct conf *conf, struct opener *opener)
{
	struct arena *a = arena_new();
	struct db *db = query_open(conf);
	struct sending s[AT_ONCE];
	const char *const params[] = { arena_printf(a, "%d", AT_ONCE),
		arena_printf(a, "%s://", conf->site_scheme),
		conf->site_port != 0 ?
		    arena_printf(a, ".%s:%d", conf->base_domain,
			conf->site_port) :
		    arena_printf(a, ".%s", conf->base_domain) };
	PGresult *res;
	int i;

	while (db_run(db, a, Q_OUTBOX_TAKE, params, &res) == RC_OK) {
		for (i = 0; i < PQntuples(res); i++)
			begin(conf, opener, res, i, &s[i]);
		for (i = 0; i < PQntuples(res); i++)
			finish(db, a, res, i, &s[i]);
	}
	db_close(db);
	arena_free(a);
	_exit(0);
}

/*
 * Questions to the database, of all processes of fcgi-serve.
 */
#include <sys/socket.h>

#include <signal.h>
#include <unistd.h>

#include "serve.h"

#define STUCK 3 /* seconds for an answer; the server has two */

static volatile sig_atomic_t line = -1; /* to the database */

/*
 * libpq waits for an answer without end.  Without its line it gives up; if
 * there is none yet, libpq's own limit on connecting comes first.
 */
static void
hang_up(int sig)
{
	(void)sig;
	if (line != -1)
		(void)shutdown(line, SHUT_RDWR);
	alarm(STUCK);
}

void
ask_begin(void)
{
	const struct sigaction sa = { .sa_handler = hang_up };

	sigaction(SIGALRM, &sa, NULL);
}

enum rc
ask(struct db *db, struct arena *a, int query, const char *const params[],
    PGresult **res)
{
	enum rc rc;

	line = db_fd(db);
	alarm(STUCK);
	rc = db_run(db, a, query, params, res);
	alarm(0);
	return rc;
}

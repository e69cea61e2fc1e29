/*
 * A resolver that never answers, and one that does at last: who waits for it,
 * how long, and what is answered meanwhile (SEC-20).  libc's own resolver is
 * replaced by functions of the same names here.
 */
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "site/names.h"
#include "tap.h"

static int answer = EAI_INPROGRESS; /* of whatever is asked */
static const char *address = "127.0.0.9";
static long waited;           /* ms, of the last one who did; -1: nobody */
static int asked;             /* questions so far */
static time_t seconds = 1000; /* on the clock */
static int stop[2] = { -1, -1 }, ready[2];

int
getaddrinfo_a(int mode, struct gaicb *list[], int n, struct sigevent *event)
{
	(void)mode;
	(void)list;
	(void)n;
	(void)event;
	asked++;
	return 0;
}

int
gai_error(struct gaicb *cb)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };

	if (answer == 0 && cb->ar_result == NULL &&
	    getaddrinfo(address, cb->ar_service, &hints, &cb->ar_result) != 0)
		return EAI_FAIL;
	return answer;
}

int
gai_cancel(struct gaicb *cb)
{
	(void)cb;
	return EAI_ALLDONE;
}

/* Nobody really waits; but the child does, until it is told. */
int
gai_suspend(const struct gaicb *const list[], int n, const struct timespec *t)
{
	char c = 0;

	(void)list;
	(void)n;
	waited = t->tv_sec * 1000 + t->tv_nsec / 1000000;
	if (stop[0] != -1 &&
	    (write(ready[1], &c, 1) != 1 || read(stop[0], &c, 1) != 1))
		_exit(1);
	return EAI_AGAIN;
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	*t = (struct timespec){ .tv_sec = seconds };
	return 0;
}

static enum rc
get(struct names *n, const char *who, const char *host)
{
	const char *why;
	union addr a;

	waited = -1;
	return names_get(n, who, host, 80, &a, &why);
}

/* A child that waits; how long, it says as its exit status. */
static pid_t
begin(struct names *n)
{
	pid_t pid;
	char c;

	if (pipe(stop) == -1 || pipe(ready) == -1 || (pid = fork()) == -1)
		exit(1);
	if (pid == 0) {
		(void)get(n, "prj_1", "slow.example");
		_exit(waited == NAMES_WAIT ? 0 : 1);
	}
	if (read(ready[0], &c, 1) != 1)
		exit(1);
	close(stop[0]);
	stop[0] = -1;
	return pid;
}

static int
end(pid_t pid, int kill_it)
{
	char c = 0;
	int status;

	if (kill_it)
		(void)kill(pid, SIGKILL);
	else if (write(stop[1], &c, 1) != 1)
		exit(1);
	close(stop[1]);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status) == 0;
}

static void
test_waiting(struct names *n)
{
	pid_t pid;

	ok(get(n, "prj_1", "a.example") == RC_BUSY &&
		waited == NAMES_WAIT_SHORT,
	    "nobody waits long before anything is shared: %ld ms", waited);
	names_share();
	ok(get(n, "prj_1", "b.example") == RC_BUSY && waited == NAMES_WAIT,
	    "one may: %ld ms", waited);
	pid = begin(n);
	ok(get(n, "prj_2", "c.example") == RC_BUSY &&
		waited == NAMES_WAIT_SHORT,
	    "but not two: %ld ms", waited);
	ok(end(pid, 0), "the other did");
	ok(get(n, "prj_2", "d.example") == RC_BUSY && waited == NAMES_WAIT,
	    "then the next: %ld ms", waited);
	end(begin(n), 1);
	ok(get(n, "prj_3", "e.example") == RC_BUSY && waited == NAMES_WAIT,
	    "who is killed holds up nobody: %ld ms", waited);
}

static void
test_crowd(struct names *n)
{
	char host[32];
	int i, before = asked;

	for (i = 0; i < 100; i++) {
		snprintf(host, sizeof(host), "h%d.example", i);
		if (get(n, "prj_9", host) != RC_BUSY)
			break;
	}
	ok(i == 100 && asked == before + 4,
	    "a hundred names of one project: %d questions at a time",
	    asked - before);
	answer = 0;
	ok(get(n, "prj_8", "f.example") == RC_OK, "another's is looked up");
	ok(get(n, "prj_9", "f.example") == RC_OK, "and is for everybody");
}

/* f.example is known, and then its resolver is slow. */
static void
test_old(struct names *n)
{
	seconds += 60;
	answer = EAI_INPROGRESS;
	ok(get(n, "prj_8", "f.example") == RC_OK && waited == -1,
	    "what was known is good, and nobody waits");
	seconds += 2;
	ok(get(n, "prj_9", "f.example") == RC_OK && waited == -1,
	    "for whoever asks, and for as long as there is no answer");
	seconds += 2;
	answer = 0;
	address = "127.0.0.1";
	ok(get(n, "prj_8", "f.example") == RC_DENIED,
	    "until there is one, which is judged anew");
	seconds += 60;
	answer = EAI_INPROGRESS;
	ok(get(n, "prj_8", "f.example") == RC_BUSY, "and counts from then on");
	seconds += 2;
	answer = EAI_NONAME;
	ok(get(n, "prj_8", "f.example") == RC_NOT_FOUND, "a name that went");
}

int
main(void)
{
	struct names *n = names_new("127.0.0.9/32");

	test_waiting(n);
	test_crowd(n);
	test_old(n);
	names_free(n);
	return done();
}

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bell.h"
#include "log.h"

#define QUEUE     "deployment:queue"
#define QUEUE_MAX 1000 /* more rings than this say nothing new */
#define RETRY     1    /* seconds between attempts to connect */
#define WAIT_MS   200  /* a reply that takes longer is not worth it */

struct bell {
	char *path;
	redisContext *ask;  /* blocks in BRPOP, does nothing else */
	redisContext *tell; /* everything that answers at once */
	time_t next_try;    /* monotonic */
	int down;           /* said so already */
};

static time_t
monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static enum rc
failed(struct bell *b, redisContext **c, const char *what)
{
	if (!b->down)
		log_warnx("redis: %s: %s; going on without", what,
		    *c == NULL ? "out of memory" : (*c)->errstr);
	b->down = 1;
	b->next_try = monotonic() + RETRY;
	redisFree(*c);
	*c = NULL;
	return RC_BUSY;
}

static enum rc
dial(struct bell *b, redisContext **c)
{
	const struct timeval wait = { .tv_usec = WAIT_MS * 1000 };

	if (*c != NULL)
		return RC_OK;
	if (b->down && monotonic() < b->next_try)
		return RC_BUSY;
	*c = redisConnectUnixWithTimeout(b->path, wait);
	if (*c == NULL || (*c)->err)
		return failed(b, c, "connect");
	redisSetTimeout(*c, wait);
	if (b->down)
		log_info("redis: back");
	b->down = 0;
	return RC_OK;
}

struct bell *
bell_open(const char *path)
{
	struct bell *b;

	if ((b = calloc(1, sizeof(*b))) == NULL ||
	    (b->path = strdup(path)) == NULL)
		fatalx("out of memory");
	return b;
}

void
bell_close(struct bell *b)
{
	if (b == NULL)
		return;
	redisFree(b->ask);
	redisFree(b->tell);
	free(b->path);
	free(b);
}

/* One command that answers with a number, or with anything if n is NULL. */
static enum rc
command(struct bell *b, long long *n, int argc, const char **argv)
{
	enum rc rc = RC_OK;
	redisReply *r;

	if (dial(b, &b->tell) != RC_OK)
		return RC_BUSY;
	if ((r = redisCommandArgv(b->tell, argc, argv, NULL)) == NULL)
		return failed(b, &b->tell, argv[0]);
	if (r->type == REDIS_REPLY_ERROR) {
		log_warnx("redis: %s: %s", argv[0], r->str);
		rc = RC_BUSY;
	} else if (n != NULL)
		*n = r->integer;
	freeReplyObject(r);
	return rc;
}

void
bell_ring(struct bell *b)
{
	long long n = 0;

	if (command(b, &n, 3, (const char *[]){ "LPUSH", QUEUE, "1" }) ==
		RC_OK &&
	    n > QUEUE_MAX)
		(void)!command(b, NULL, 4,
		    (const char *[]){ "LTRIM", QUEUE, "0", "999" });
}

enum rc
bell_ask(struct bell *b)
{
	int all = 0;

	if (dial(b, &b->ask) != RC_OK)
		return RC_BUSY;
	if (redisAppendCommand(b->ask, "BRPOP %s 0", QUEUE) != REDIS_OK)
		return failed(b, &b->ask, "BRPOP");
	while (!all)
		if (redisBufferWrite(b->ask, &all) != REDIS_OK)
			return failed(b, &b->ask, "BRPOP");
	return RC_OK;
}

enum rc
bell_take(struct bell *b)
{
	enum rc rc = RC_OK;
	redisReply *r;
	void *p = NULL;

	if (b->ask == NULL)
		return RC_BUSY;
	if (redisBufferRead(b->ask) != REDIS_OK ||
	    redisGetReplyFromReader(b->ask, &p) != REDIS_OK)
		return failed(b, &b->ask, "BRPOP");
	if ((r = p) == NULL)
		return RC_NOT_FOUND;
	if (r->type == REDIS_REPLY_ERROR) { /* somebody put a string there */
		log_warnx("redis: BRPOP: %s", r->str);
		rc = failed(b, &b->ask, "BRPOP");
	}
	freeReplyObject(r);
	return rc;
}

int
bell_fd(const struct bell *b)
{
	return b->ask != NULL ? b->ask->fd : -1;
}

enum rc
bell_count(struct bell *b, const char *key, int seconds, long long *n)
{
	char life[16];
	enum rc rc;

	if ((rc = command(b, n, 2, (const char *[]){ "INCR", key })) != RC_OK ||
	    *n != 1)
		return rc;
	snprintf(life, sizeof(life), "%d", seconds);
	return command(b, NULL, 3, (const char *[]){ "EXPIRE", key, life });
}

enum rc
bell_ping(struct bell *b)
{
	return command(b, NULL, 1, (const char *[]){ "PING" });
}

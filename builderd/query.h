/*
 * query -- every statement builderd can send.
 */
#ifndef QUERY_H
#define QUERY_H

#include "conf.h"
#include "db.h"

enum query {
	Q_LISTEN_QUEUE,
	Q_LISTEN_CANCEL,
	Q_LISTEN_FOLLOW,
	Q_DURABLE,
	Q_CLAIM,
	Q_UNCLAIM,
	Q_ALIVE,
	Q_RENEW,
	Q_PROMPT,
	Q_CANCELED,
	Q_RELEASE,
	Q_CRASHED,
	Q_LEASES,
	Q_LOST,
	Q_LISTEN_OUTBOX,
	Q_OUTBOX_TAKE,
	Q_OUTBOX_DONE,
	Q_OUTBOX_WAIT,
	Q_OLD_UPLOADS,
	Q_OLD_LOGS,
	Q_RETENTION,
	Q_SETTINGS,
	Q_VARIABLES,
	Q_SECRETS,
	Q_HOSTS,
	Q_MET,
	Q_PROGRESS,
	Q_LOG,
	Q_LOG_SAFE,
	Q_TELL,
	Q_ROOM,
	Q_READY,
	Q_FAILED,
	Q_FAULT,
	Q__MAX
};

extern const struct db_query queries[Q__MAX];

/*
 * Whoever works the queue is slipway_queue.  A build is slipway_build, which
 * can call the functions of schema/0028-job.sql and nothing else: each for one
 * attempt, whose secret it takes.
 */
struct db *query_open(const struct conf *);
struct db *query_open_build(const struct conf *);

/* There is news of a deployment, for who waits for it. */
void query_tell(struct db *, struct arena *, const char *deployment);

#endif

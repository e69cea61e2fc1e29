/*
 * query -- the statements of slipwayctl, except the schema itself.
 */
#ifndef QUERY_H
#define QUERY_H

#include "db.h"

enum query {
	Q_ACCOUNT_CREATE,
	Q_ACCOUNT_PASSWORD,
	Q_ACCOUNT_LIST,
	Q_MANIFESTS,
	Q_PING,
	Q_FSCK,
	Q_COLLECTED,
	Q_COLLECTION_BEGIN,
	Q_COLLECTION_END,
	Q_STORAGE_NOTE,
	Q_STORAGE_END,
	Q_PROJECTS,
	Q_UPLOADS,
	Q_STORAGE,
	Q_SCHEMA_AT,
	Q_UNSAFE,
	Q_QUEUE_TEAMS,
	Q_QUEUE_RUNNING,
	Q_QUEUE_WAITING,
	Q_QUEUE_BUILDERS,
	Q_QUEUE_JSON,
	Q__MAX
};

extern const struct db_query queries[Q__MAX];

#endif

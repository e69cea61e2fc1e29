/* The statements of fcgi-serve. */
#ifndef QUERY_H
#define QUERY_H

#include "db.h"

enum { Q_RESOLVE, Q_GUARDS, Q_LISTEN, Q__MAX };

extern const struct db_query queries[Q__MAX];

#endif

/*
 * owner -- the database as whoever owns it, who sees every row.
 */
#ifndef OWNER_H
#define OWNER_H

#include "ctl.h"
#include "db.h"

/*
 * Row security would hide rows rather than refuse, and what is not seen here
 * may lose its files: so it is told to refuse.  Root connects as postgres,
 * unless the connection string names a user.
 */
struct db *owner_open(struct ctl *);

#endif

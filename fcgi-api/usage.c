/*
 * What teams and projects keep, of how much, and what it takes in the store.
 */
#include "api.h"

/* 200 with the teams of whoever asks and their projects, largest first. */
enum rc
usage_show(struct req *r)
{
	return req_json(r, Q_USAGE, NULL);
}

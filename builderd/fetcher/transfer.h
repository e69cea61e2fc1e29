/*
 * transfer -- objects from a server of Git LFS, by its batch API.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "fetcher.h"
#include "pointer.h"

struct object {
	struct pointer p;
	const char *path; /* of one file that points at it */
};

/*
 * Has n objects sent, each into its file of transfer_path(); base is the URL
 * of the API and has been checked.
 */
void transfer(const struct order *, const char *base, struct object *,
    size_t n);

void transfer_path(const struct pointer *, char path[128]);

#endif

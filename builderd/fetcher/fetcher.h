/*
 * fetcher -- slipway-fetch: it brings the files of a deployment; and
 * slipway-unpack, which it becomes where they come in an archive.
 *
 * Runs in a cage and parses what strangers' servers send; what it holds that is
 * worth stealing is what the repository's own host is shown anyway.  What it is
 * told and what it says is in ../fetch.h.
 */
#ifndef FETCHER_H
#define FETCHER_H

#include <stdint.h>

#include "rc.h"

#define FETCH_TO     "/workspace"
#define FETCH_MIRROR "/mirror"
#define FETCH_UPLOAD "/upload"
/* Where the objects of the mirror are in a build. */
#define FETCH_HISTORY "/mirror"

#define HOSTS_MAX 512

struct order {
	const char *url, *upload, *kind, *ref, *commit;
	const char *token, *key; /* login.h */
	const char *allow;       /* net-allow */
	const char *submodules;  /* "t": those, too */
	const char *lfs;         /* "t": and large files */
	struct {
		const char *entry; /* "host port SHA256:..." */
		int pinned;
	} hosts[HOSTS_MAX];
	size_t nhosts;
	const char *files, *bytes, *file; /* limits on what is unpacked */
};

void git_fetch(const struct order *);
void upload_fetch(const struct order *);

void tell(const char *name, const char *value); /* a fact, for builderd */
void line(const char *, ...) PRINTF(1, 2);      /* for the log */

/* What give_up() begins its sentence with; NULL is nothing. */
void about(const char *, ...) PRINTF(1, 2);

/* The end: a code for programs, a sentence for people that names the cure. */
void give_up(const char *code, const char *, ...) PRINTF(2, 3)
    __attribute__((noreturn));

#endif

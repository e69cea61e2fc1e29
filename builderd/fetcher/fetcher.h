/*
 * fetcher -- slipway-fetch: it brings the files of a deployment.
 *
 * Runs in a cage and has nothing worth stealing: it parses what strangers'
 * servers send.  What it is told and what it says is in ../fetch.h.
 */
#ifndef FETCHER_H
#define FETCHER_H

#include <stdint.h>

#include "rc.h"

#define FETCH_TO     "/workspace"
#define FETCH_MIRROR "/mirror"
#define FETCH_UPLOAD "/upload"

struct order {
	const char *url, *upload, *kind, *ref, *commit;
};

void git_fetch(const struct order *);
void upload_fetch(const char *id);

void tell(const char *name, const char *value); /* a fact, for builderd */
void line(const char *, ...) PRINTF(1, 2);      /* for the log */

/* The end: a code for programs, a sentence for people that names the cure. */
void give_up(const char *code, const char *, ...) PRINTF(2, 3)
    __attribute__((noreturn));

#endif

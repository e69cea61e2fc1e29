/*
 * journal -- the log of one build.
 *
 * What its programs print is cut into lines, cleaned (text.h) with its colours
 * beside it (colour.h), made blind to secrets (redact.h), numbered and sent to
 * PostgreSQL: the first after a pause at once, and those that follow at ticks,
 * which all builds of a machine have in common.
 *
 * While somebody reads along there is one each 200 ms, of which they are told,
 * and which does not wait for PostgreSQL's disk: about once a second, and in
 * the end, lines are made safe, and until then they are kept here, to be sent
 * again should the server have lost them.  If nobody does there is one each 2
 * s, and what it sends is safe.  Who begins to read is told of what nobody was.
 * Very many lines wait for no tick.
 *
 * While PostgreSQL is away lines wait here too, up to a limit; beyond it
 * journal_full() says to read no more.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdint.h>

#include "arena.h"
#include "query.h"
#include "redact.h"

#define JOURNAL_LINE 8192 /* bytes; longer ones are divided */

enum stream { STREAM_OUT, STREAM_ERR, STREAM_INFO, STREAM__MAX };

struct claim;
struct journal;

/* Of that attempt, whose claim outlives it; with db NULL lines are only kept,
 * for tests. */
struct journal *journal_new(struct arena *, struct db *, const struct claim *,
    struct redactor *);
void journal_step(struct journal *, const char *name);

/* Slipway's own words. */
void journal_say(struct journal *, const char *fmt, ...) PRINTF(2, 3);

/*
 * Bytes of a stream.  line, if not NULL, is asked about each line first, and
 * those it answers 1 for are not kept.
 */
typedef int (*journal_fn)(void *, const char *line);
void journal_feed(struct journal *, enum stream, const char *, size_t,
    journal_fn line, void *arg);
void journal_end(struct journal *, enum stream, journal_fn line, void *arg);

/* How many lines of programs are kept; what is beyond is read and dropped. */
void journal_limit(struct journal *, unsigned long lines);
int journal_full(const struct journal *);

/*
 * Lines of programs that are kept in a second, after a burst of as many as five
 * seconds have; then for how many milliseconds nothing is to be read.  What is
 * not kept is free.
 */
void journal_rate(struct journal *, unsigned long lines);
uint64_t journal_wait(struct journal *);
uint64_t journal_printed(const struct journal *); /* bytes of programs */

/*
 * Somebody reads along, for half a minute from now on; SIGUSR1 says the same.
 * And does somebody?
 */
void journal_follow(struct journal *);
int journal_followed(struct journal *);

/* Milliseconds until journal_send() is due; -1: nothing waits. */
int journal_due(struct journal *);
/* RC_BUSY: no server, try again; RC_CONFLICT: the build is not ours now. */
enum rc journal_send(struct journal *) MUST_CHECK;
/* The same, of all there is, and it is safe then. */
enum rc journal_flush(struct journal *) MUST_CHECK;

/* The last lines that programs printed since the step began, newline between
 * them. */
const char *journal_tail(const struct journal *, struct arena *);

/* For tests: the line of that number, from 0; NULL beyond the last. */
const char *journal_kept(const struct journal *, size_t);
const char *journal_colours(const struct journal *, size_t);

#endif

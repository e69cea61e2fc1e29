/*
 * cage-msg -- what builderd and its helper say to one another.
 *
 * One struct a packet, on sockets that keep packets whole.  The loop has one to
 * each slot, and sends a cage_bind with the far end of a new socket there:
 * whoever has the near end, a build, may have one cage of that slot, for that
 * project, and no other, whatever it asks.  On that it sends a cage_ask, and
 * the cage's warden answers.  The first answer brings another socket, to the
 * keeper, which takes a cage_request.  A cage_reply comes for every one of
 * them, and from the keeper one more of type CAGE_ENDED when what was started
 * has ended.
 *
 * No path and no command is ever in a message, and no number goes beyond the
 * configuration, which the helper has read for itself.
 */
#ifndef CAGE_MSG_H
#define CAGE_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "cage.h"

#define CAGE_ID_MAX    20
#define CAGE_IMAGE_MAX 32
#define CAGE_KEY_MAX   65
#define CAGE_FDS       (3 + CAGE_PORTS * 2 + 2)
#define CAGE_SLOTS     64 /* most that build-slots may be */

/* Of the loop. */
struct cage_bind {
	char deployment[CAGE_ID_MAX]; /* for the log */
	char project[CAGE_ID_MAX];
};

enum cage_what {
	/* to the warden */
	CAGE_OPENED, /* which comes first, and once */
	CAGE_MERGE,  /* the workspace of the next run, for the keeper */
	CAGE_TREE,   /* the same, to be read */
	CAGE_LAYER,
	CAGE_RESET,
	CAGE_SAVE,
	/* to the keeper */
	CAGE_START, /* a CAGE_BUILD comes with its workspace */
	CAGE_ENDED,
	CAGE_KILL,     /* the one without a reply */
	CAGE_SHOW,     /* to everybody, what was private */
	CAGE_FORGET,   /* what was written over the checkout */
	CAGE_KEEP_ONLY /* of all that there is, CAGE_KEEP */
};

/* Of the build, to the warden. */
struct cage_ask {
	uint32_t what;
	/* CAGE_OPENED: at most the "-max" of them; 0 is the usual. */
	uint32_t memory, cpus, disk, pids, inodes;
	char key[CAGE_KEY_MAX]; /* CAGE_LAYER, CAGE_SAVE */
};

/* What comes with a cage. */
enum { CAGE_KEEPER, CAGE_SAVED, CAGE_GIFTS };

/* Of the build, to the keeper. */
struct cage_request {
	uint32_t what;
	uint32_t kind;
	uint16_t ports[CAGE_PORTS];
	char image[CAGE_IMAGE_MAX];
};

struct cage_reply {
	uint32_t what;
	uint32_t rc;
	uint32_t fds; /* which of CAGE_FDS came along, a bit each */
	struct cage_end end;
};

/* Is it whole, terminated, and in range?  Nothing else is acted upon. */
int cage_bind_ok(const void *, size_t);
int cage_ask_ok(const void *, size_t, const struct conf *);

/* Of one that is: the limits that it asks for take the place of the usual. */
void cage_ask_limits(const struct cage_ask *, struct conf *);
int keeper_request_ok(const void *, size_t);

/*
 * One packet with descriptors.  Never waits: who does not read what it asked
 * for has lost.
 */
enum rc cage_send(int sock, const void *, size_t, const int *fds,
    size_t nfds) MUST_CHECK;
/*
 * How long the packet was, even if it was longer; 0 at the end, -1 on an error.
 * Of its descriptors at most *nfds come.
 */
long cage_recv(int sock, void *, size_t, int *fds, size_t *nfds);

/*
 * A cage_reply; what it brings, those that are not -1, has the same place in
 * fds on either side.
 */
enum rc cage_answer(int sock, enum cage_what, enum rc, const struct cage_end *,
    const int *fds, size_t nfds) MUST_CHECK;
enum rc cage_answered(int sock, enum cage_what, struct cage_end *, int *fds,
    size_t nfds) MUST_CHECK;

#endif

/*
 * cage-msg -- what builderd and its helper say to one another.
 *
 * One struct a packet, on sockets that keep packets whole.  The loop sends a
 * cage_bind with the far end of a new socket to the helper: whoever has the
 * near end, a build, may have one cage of that slot, for that project, and no
 * other, whatever it asks.  It sends a cage_ask, and the cage's warden answers.
 * The first answer brings another socket, to the keeper, which starts and
 * kills.  A cage_reply comes for every request, and from the keeper one more of
 * type CAGE_ENDED when what was started has ended.
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
	uint32_t slot;
	uint64_t fence;
	char deployment[CAGE_ID_MAX];
	char project[CAGE_ID_MAX];
};

/* Of the build. */
struct cage_ask {
	uint32_t memory, cpus, disk; /* at most the "-max" of them */
	char image[CAGE_IMAGE_MAX];
};

enum cage_what {
	CAGE_OPENED,
	/* to the keeper */
	CAGE_START,
	CAGE_ENDED,
	CAGE_KILL, /* the one without a reply */
	/* to the warden */
	CAGE_TREE,
	CAGE_LAYER,
	CAGE_LAYER_LIKE,
	CAGE_RESET,
	CAGE_SAVE
};

struct cage_request {
	uint32_t what;
	uint32_t kind;
	uint16_t ports[CAGE_PORTS];
	char key[CAGE_KEY_MAX];
	char image[CAGE_IMAGE_MAX]; /* "": that of the cage_ask */
};

struct cage_reply {
	uint32_t what;
	uint32_t rc;
	uint32_t fds; /* which of CAGE_FDS came along, a bit each */
	struct cage_end end;
};

/* Puts what the configuration says in the place of each 0. */
void cage_ask_fill(struct cage_ask *, const struct conf *);

/* Is it whole, terminated, and in range?  Nothing else is acted upon. */
int cage_bind_ok(const void *, size_t, const struct conf *);
int cage_ask_ok(const void *, size_t, const struct conf *);
int keeper_request_ok(const void *, size_t);
int warden_request_ok(const void *, size_t);

/* One packet with descriptors; -1 where there is none. */
enum rc cage_send(int sock, const void *, size_t, const int *fds,
    size_t nfds) MUST_CHECK;
/* How long the packet was; 0 at the end, -1 on an error. */
long cage_recv(int sock, void *, size_t, int *fds, size_t *nfds);

#endif

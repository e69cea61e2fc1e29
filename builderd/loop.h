/*
 * loop -- what its files share: loop.c says when something is done, and slot.c
 * does it to one build and its process.
 */
#ifndef LOOP_H
#define LOOP_H

#include <sys/types.h>

#include <stdint.h>

#include "builderd.h"
#include "opener.h"
#include "renewer.h"

/* What the loop has to say of a build once its process is gone. */
enum end { END_CRASHED, END_LOST, END_CANCELED, END_RELEASED };

/* 32 bytes as PostgreSQL reads them. */
#define SLOT_HEX (2 + 2 * 32 + 1)

struct slot {
	pid_t pid; /* 0: none */
	int taken;
	int unsure;       /* the answer of a claim was lost */
	int tell;         /* pipe from the build, or -1 */
	int ending;       /* it is about to say its last word */
	int ended;        /* it has said it: there is no lease any more */
	uint64_t kill_at; /* monotonic ms; it was asked to stop, or 0 */
	enum end end;     /* what to say if it has not */
	struct claim c;
	char secret[SLOT_HEX]; /* of the attempt; wiped once a build has it */
	struct arena *arena;
};

struct loop {
	const struct conf *conf;
	struct opener *opener;
	struct helper *helper;
	struct renewer *renewer;
	struct db *db;   /* statements */
	struct db *news; /* listens, and nothing else */
	struct bell *bell;
	struct reaper *reaper;
	struct arena *arena; /* of one turn */
	struct slot *slots;
	int n;
	int asked; /* the bell */
	int rang;  /* there is an answer to read */
	int look;  /* at the queue, in this turn */
	int full;  /* the disk, when it was last looked at */
	uint64_t next_look, next_report, next_reap, next_chores, next_post;
	pid_t poster; /* delivers the outbox; 0: none */
	char id[96];  /* host:pid */
};

/*
 * In a child: nothing of the loop's stays open but what goes to the opener, nor
 * is anything left of its connections.
 */
void loop_leave(struct loop *, pid_t parent);

/* It is ours until then; past it, the helper takes the cage down. */
void slot_keep(struct loop *, struct slot *, uint64_t deadline);
/* Makes the secret of the next attempt, and its hash for build_claim(). */
void slot_secret(struct slot *, char hash[SLOT_HEX]);
void slot_start(struct loop *, struct slot *);
void slot_end(struct slot *, enum end why);
/* Its process is gone: say what it could not, and have the slot again. */
void slot_settle(struct loop *, struct slot *);
/*
 * Somebody reads along; the slot is NULL if that build is none of ours.  It may
 * be about to end, having looked already whether it is followed: so there is
 * news in any case.
 */
void slot_follow(struct loop *, struct slot *, const char *id);
/* What its process tells. */
void slot_hear(struct loop *, struct slot *);
/* Kills what was given time enough, and what may be somebody else's by now. */
void slot_overdue(struct loop *, struct slot *);

#endif

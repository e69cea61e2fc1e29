/*
 * doctor -- is this installation well, and if not, what helps?
 *
 * A check looks at one thing and says what it found.  GOOD needs no cure; HINT
 * is for what works and could be better; BAD keeps something from working.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "ctl.h"

enum level { GOOD, HINT, BAD };

struct doctor {
	struct ctl *ctl;
	const struct conf *conf;
	struct arena *arena;
	enum level level; /* of the check that runs */
	const char *text, *cure;
};

struct check {
	const char *name;
	void (*run)(struct doctor *);
};

/* What a check says, once.  fmt is the finding, and the cure follows it. */
void found(struct doctor *, enum level, const char *cure, const char *fmt, ...)
    PRINTF(4, 5);

/*
 * Run fn in a child as that user (as ourselves, unless we are root).  What it
 * writes into the buffer comes back; so does what it returns, or -1.
 */
#define ANSWER_MAX 512
int as_user(const char *user, int (*fn)(const void *, char answer[ANSWER_MAX]),
    const void *, char answer[ANSWER_MAX]);

/* One each, in the order of the table in doctor.c. */
void check_users(struct doctor *);
void check_token_keys(struct doctor *);
void check_seal(struct doctor *);
void check_folders(struct doctor *);
void check_space(struct doctor *);
void check_api_socket(struct doctor *);
void check_serve_socket(struct doctor *);
void check_blobs(struct doctor *);
void check_database(struct doctor *);
void check_schema(struct doctor *);
void check_rights(struct doctor *);
void check_fsync(struct doctor *);
void check_collection(struct doctor *);
void check_integrity(struct doctor *);
void check_redis(struct doctor *);
void check_image(struct doctor *);
void check_runtime(struct doctor *);
void check_libexec(struct doctor *);
void check_kernel(struct doctor *);
void check_cgroups(struct doctor *);
void check_certificates(struct doctor *);
void check_domain(struct doctor *);
void check_clock(struct doctor *);

#endif

/*
 * rc -- the one set of outcomes every function in this suite returns.
 *
 * Whoever turns an errno, PGresult, redisReply or git_error into an rc logs
 * the detail, once, there.  Everybody above only passes the rc along.
 */
#ifndef RC_H
#define RC_H

enum rc {
	RC_OK,
	RC_MALFORMED,    /* not even a request */
	RC_UNAUTHORIZED, /* not signed in */
	RC_DENIED,       /* signed in, and not allowed */
	RC_NOT_FOUND,
	RC_METHOD,   /* the path is there, the method is not */
	RC_CONFLICT, /* it already exists, or has moved on */
	RC_TOO_LARGE,
	RC_TYPE,    /* not the content type we take */
	RC_INVALID, /* understood, and not acceptable */
	RC_LIMITED, /* too often */
	RC_BUSY,    /* try again later: a dependency is down */
	RC_FAIL,    /* a bug, or the machine; see the log */
	RC__MAX
};

#define MUST_CHECK   __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define NITEMS(a)    (sizeof(a) / sizeof((a)[0]))

const char *rc_name(enum rc);  /* "not_found" */
const char *rc_title(enum rc); /* "There is no such thing" */
int rc_http(enum rc);          /* 404 */

#endif

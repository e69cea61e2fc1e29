/*
 * Shared by the files of fcgi-api, and by nothing else.
 */
#ifndef API_H
#define API_H

#include <fcgiapp.h>
#include <stdint.h>

#include "arena.h"
#include "bell.h"
#include "conf.h"
#include "db.h"
#include "json.h"
#include "key.h"
#include "query.h"
#include "rc.h"
#include "site/explain.h"
#include "token.h"

#define REQ_ARGS      4                 /* most ":name" parts in one path */
#define REQ_QUERIES   16                /* most "name=value" in one query */
#define REQ_PATH_MAX  1024              /* bytes, before the '?' */
#define REQ_QUERY_MAX 4096              /* bytes, after it */
#define REQ_BODY_MAX  (64 * 1024)       /* a body of JSON */
#define REQ_BIG_MAX   (8 * 1024 * 1024) /* one of ROUTE_BIG */
#define REQ_SECONDS   30                /* after which a worker gives up */
#define PAGE          20                /* rows in a list, unless asked */
#define PAGE_MAX      100

struct json_object;
struct metrics;
struct limiter;
struct manifest;
struct store;

/* What a worker keeps between requests. */
struct worker {
	const struct conf *conf;
	struct db *db;
	struct bell *bell;
	struct arena *arena;
	struct store *store; /* NULL: not there yet */
	struct explain_shelf shelf;
	struct limiter *limiter;
	struct metrics *metrics; /* shared by all workers */
	struct keys token_keys;
	struct keys seal_keys;
	const char *dummy;      /* a hash that no password has */
	const char *url_prefix; /* "https://" */
	const char *url_suffix; /* ".example.com:8443" */
};

/* One request.  Lives in the arena; nothing in it is ever freed. */
struct req {
	struct worker *w;
	struct arena *arena;
	FCGX_Request *fcgx;
	const struct route *route;
	const char *method; /* HEAD is GET here */
	int head;
	const char *path;          /* "/api/projects/shop" */
	const char *id;            /* for the log and the reply */
	const char *addr;          /* of the client; "" if unknown */
	const char *arg[REQ_ARGS]; /* ":project" and friends, in order */
	struct {
		const char *name, *value;
	} query[REQ_QUERIES];
	int nqueries;
	struct json_object *body; /* NULL unless there is one */
	long long length;         /* of the body, or -1 */

	/* Who asks: parameters of the statement that says so. */
	int signed_in;
	const char *enter[5];
	const char *session;   /* NULL for an API token */
	const char *api_token; /* NULL for a session */

	/* Filled in by the handler. */
	int status;
	const char *type;   /* of the reply; JSON if NULL */
	const char *reply;  /* or NULL for none */
	const char *detail; /* of a problem, or NULL for the usual */
	int sent;           /* the handler has sent it already */
	int retry_after;    /* seconds, with RC_LIMITED and RC_BUSY */
	const char *allow;  /* methods, with RC_METHOD */
	struct js_errors errors;

	/* Waiting for news of a deployment; see worker.c. */
	int apart; /* it has a process of its own, which is not this one */
	int may_wait;
	int again;            /* it has waited, and is looked at once more */
	long long arrived;    /* monotonic milliseconds */
	const char *wait_for; /* a deployment's id: answer later */
	long long deadline;
};

struct route {
	const char *method;
	const char *path;
	enum rc (*handler)(struct req *);
	int status; /* when it went well */
	unsigned int flags;
#define ROUTE_PUBLIC   0x01            /* no sign-in needed */
#define ROUTE_MAYBE    0x02            /* one is looked at if there is one */
#define ROUTE_BODY     0x04            /* wants a JSON object */
#define ROUTE_OPTIONAL 0x08            /* takes one */
#define ROUTE_BIG      0x10            /* of up to REQ_BIG_MAX bytes */
#define ROUTE_RAW      0x20            /* reads the body itself */
#define ROUTE_TEXT     0x40            /* answers with text, not with JSON */
#define ROUTE_TAR      0x80            /* or with an archive */
	const struct js_field *fields; /* of the body */
	const struct js_field *query;
	const char *what; /* one line, for the OpenAPI document */
};

/* route.c */
extern const struct route routes[];
extern const size_t nroutes;
enum rc route_find(struct req *) MUST_CHECK;

/* worker.c */
void work(int lfd, int i);
extern const struct conf *work_conf; /* set before the first worker starts */
extern const char *work_conf_path;
extern struct metrics *work_metrics;
long long now_ms(void); /* monotonic */
/*
 * Goes on in a process of the request's own.  RC_OK there; and in the worker,
 * where r->apart says so and nothing is left to do.
 */
enum rc work_apart(struct req *) MUST_CHECK;

/* req.c: 1 if it was answered, 0 if it waits for what wait_for is then, which
 * is empty before. */
int req_serve(struct worker *, FCGX_Request *, long long arrived, int may_wait,
    char wait_for[24], long long *deadline);
const char *req_param(struct req *, const char *name);

/* body.c */
enum rc body_length(struct req *) MUST_CHECK;
enum rc body_json(struct req *) MUST_CHECK;
enum rc body_copy(struct req *, int fd) MUST_CHECK; /* raw */
const char *req_string(const struct req *, const char *name);
int req_bool(const struct req *, const char *name, int preset);

/* param.c: the query string */
enum rc param_parse(struct req *, const char *query) MUST_CHECK;
const char *req_query(const struct req *, const char *name); /* or NULL */

/* reply.c */
void reply_outcome(struct req *, enum rc);
/* Begins one of unknown length, with more headers; then reply_part() is it. */
void reply_begin(struct req *, const char *type, const char *more);
void reply_part(struct req *, const char *, size_t n);
enum rc req_say(struct req *, enum rc, const char *detail);
enum rc req_fault(struct req *, const char *field, const struct fault *);
enum rc req_json(struct req *, int query, const char *const params[]);
enum rc req_list(struct req *, int query, const char *const params[],
    const char *plural);
/* Why was nothing changed: 403 if they may see it, else 404. */
enum rc req_refused(struct req *, int query, const char *const params[]);
enum rc req_team(struct req *);
/* Q_PROJECT_FIND of the project in the path, as one that they may change. */
enum rc req_project(struct req *, const char *set, PGresult **) MUST_CHECK;
/* Q_PROJECT_TARGET of it, as one that they may deploy to. */
enum rc req_target(struct req *, PGresult **) MUST_CHECK;
/* What was to be removed is not there: 404 to who may change the project. */
enum rc req_gone(struct req *);

/* cursor.c: where the next page starts, signed */
const char *cursor_make(struct req *, const char *kind, const char *at);
enum rc cursor_read(struct req *, const char *kind, const char **at) MUST_CHECK;
const char *page_size(const struct req *);

/* gate.c: how many do what is dear at once, over all workers */
void gate_open(const struct conf *);
enum rc gate_enter(void) MUST_CHECK;
void gate_leave(void);
enum rc gate_search(void) MUST_CHECK;
void gate_searched(void);
/* Until the process ends.  RC_LIMITED: the team, or the net, has its share. */
enum rc gate_download(const char *team, const char *net) MUST_CHECK;

/* limit.c */
enum limit {
	LIMIT_LOGIN,
	LIMIT_LOGIN_IP,
	LIMIT_LOGIN_WIDE,
	LIMIT_SIGNUP,
	LIMIT_SIGNUP_WIDE,
	LIMIT_DEPLOY,
	LIMIT_UPLOAD,
	LIMIT__MAX
};
struct limiter *limiter_new(void);
const char *limit_net(struct req *); /* of the client */
const char *limit_wide(struct req *);
enum rc limit_count(struct req *, enum limit, const char *whom) MUST_CHECK;
enum rc limit_from(struct req *, enum limit, enum limit wide) MUST_CHECK;

/* metrics.c */
struct metrics *metrics_new(void);
void metrics_count(struct metrics *, const struct route *, int status,
    long long us);

/* filelist.c: the list of an upload's files */
struct file_entry {
	const char *hash, *path;
	long long size;
	char mode; /* x, - or a */
};
enum rc filelist_read(struct req *, struct file_entry **, size_t *n,
    long long *bytes) MUST_CHECK;
enum rc filelist_write(struct req *, const char *dir, const char *id,
    struct file_entry *, size_t n) MUST_CHECK;
struct filelist {
	const char *text; /* mapped until the request ends */
	size_t size;
};
enum rc filelist_open(struct req *, const char *dir, const char *id,
    struct filelist *) MUST_CHECK;
/* The line at or after a position; its hash, size and where it ends. */
int filelist_line(const struct filelist *, size_t at, const char **hash,
    long long *size, size_t *next);
/* Where the line of that hash is; RC_NOT_FOUND. */
enum rc filelist_find(const struct filelist *, const char *hash,
    size_t *at) MUST_CHECK;

/* text.c: growing text, without copying it each time */
struct text {
	struct arena *a;
	char *p;
	size_t n, size;
};
void text_add(struct text *, const char *);

/* openapi.c */
const char *openapi_make(struct arena *, const struct conf *);

/* apitoken.c */
int apitoken_ok(const char *); /* is it one, and whole? */
const char *bytes_param(struct arena *, const void *, size_t); /* for $n */
const char *hash_param(struct arena *, const char *);          /* SHA-256 */
/* prefix, and what nobody can guess. */
const char *apitoken_text(struct arena *, const char *prefix);
/* What was made, as json says, with the secret that is shown this once. */
void apitoken_reply(struct req *, const char *secret, const char *json);

/* Handlers, and the fields that their bodies and queries may have. */
#define HANDLER(name) enum rc name(struct req *)
#define FIELDS(name)  extern const struct js_field name[]

/* auth.c */
HANDLER(auth_signup);
HANDLER(auth_login);
HANDLER(auth_refresh);
HANDLER(auth_logout);
HANDLER(auth_me);
FIELDS(signup_fields);
FIELDS(login_fields);
FIELDS(refresh_fields);
FIELDS(logout_fields);

/* project.c */
HANDLER(project_list);
HANDLER(project_create);
HANDLER(project_show);
HANDLER(project_update);
HANDLER(project_delete);
FIELDS(project_fields);
FIELDS(project_change_fields);
FIELDS(project_query);

/* deployment.c */
HANDLER(deployment_list);
HANDLER(deployment_create);
HANDLER(deployment_show);
HANDLER(deployment_cancel);
HANDLER(deployment_promote);
HANDLER(deployment_redeploy);
HANDLER(deployment_delete);
HANDLER(deployment_restore);
HANDLER(deployment_pin);
HANDLER(deployment_unpin);
FIELDS(deployment_fields);
FIELDS(redeploy_fields);
FIELDS(deployment_query);

/* content.c, diff.c, archive.c, explain.c */
HANDLER(file_list);
HANDLER(diff_show);
HANDLER(archive_send);
HANDLER(rules_show);
HANDLER(explain_show);
FIELDS(file_query);
FIELDS(diff_query);
FIELDS(explain_fields);

/* log.c */
HANDLER(log_show);
HANDLER(log_text);
HANDLER(log_search);
FIELDS(log_query);
FIELDS(search_query);

/* hook.c */
HANDLER(hook_list);
HANDLER(hook_create);
HANDLER(hook_delete);
FIELDS(hook_fields);

/* env.c */
HANDLER(env_list);
HANDLER(env_set);
HANDLER(env_delete);
FIELDS(env_fields);
FIELDS(env_query);

/* source.c */
HANDLER(deploy_key_show);
HANDLER(deploy_key_make);
HANDLER(deploy_key_delete);
HANDLER(git_token_show);
HANDLER(git_token_set);
HANDLER(git_token_delete);
HANDLER(known_host_list);
HANDLER(known_host_delete);
FIELDS(git_token_fields);
FIELDS(known_host_query);
FIELDS(known_host_delete_query);

/* alias.c */
HANDLER(alias_list);
HANDLER(alias_set);
HANDLER(alias_delete);
FIELDS(alias_fields);

/* protect.c */
HANDLER(usage_show);

HANDLER(protect_show);
HANDLER(protect_set);
HANDLER(protect_delete);
HANDLER(protect_token_create);
HANDLER(protect_token_delete);
FIELDS(protect_fields);
FIELDS(protect_token_fields);

/* upload.c */
HANDLER(upload_archive);
HANDLER(upload_create);
HANDLER(upload_show);
HANDLER(upload_blob);
FIELDS(upload_fields);

/* apitoken.c */
HANDLER(apitoken_list);
HANDLER(apitoken_create);
HANDLER(apitoken_revoke);
FIELDS(apitoken_fields);

/* misc.c */
HANDLER(health);
HANDLER(ready_show);
HANDLER(metrics_show);
HANDLER(openapi_show);

#endif

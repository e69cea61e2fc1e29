/*
 * slipway -- the users' command line.
 *
 * One file cmd-NAME.c is one command: a struct that says all about it, and the
 * function that does it.  command.c lists them; help, completion and the test
 * of slipway(1) read the same structs.
 *
 * Data goes to standard output, everything else to standard error.  Who turns
 * an error into an enum rc has told the user, in one line; main() only turns
 * the rc into the exit status.  There is one arena, and it dies with the
 * process.
 */
#ifndef SLIPWAY_H
#define SLIPWAY_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "arena.h"
#include "rc.h"

#define FLAGS_MAX 48 /* given in one call */

struct cli;

/* An option.  Without arg it is a switch; "[=DIR]" makes the value optional. */
struct flag {
	const char *name;
	char letter;
	const char *arg;
	const char *help;
	const char *words; /* what completion offers as its value */
};

enum {
	CMD_JSON = 1,    /* prints data: has --json */
	CMD_PROJECT = 2, /* is about a project: has --project */
	CMD_HIDDEN = 4,  /* not in the overview */
	CMD_DIFFERS = 8  /* exits as diff(1) does */
};

struct command {
	const char *name;
	const char *operands; /* "[deployment]" */
	int min, max;         /* how many of them */
	int how;              /* CMD_* */
	const char *brief;    /* one line, no full stop */
	const char *about;    /* sentences */
	const char *example;  /* a line of a shell */
	const char *see;      /* what comes next: "open, logs"; or NULL */
	const struct flag *flags;
	enum rc (*run)(struct cli *);
	const struct command *const *subs; /* then run is NULL */
};

struct cli {
	struct arena *arena;
	const struct command *cmd;
	const struct command *parent; /* "env" of "env set" */
	int argc;
	char **argv; /* the operands */
	struct {
		const char *name, *value;
	} given[FLAGS_MAX];
	int ngiven;
	const char *url;       /* see session_url() */
	bool reached;          /* it has answered before */
	bool differs;          /* of CMD_DIFFERS: exit 1 */
	struct folder *folder; /* whose project project_name() gave, or NULL */
	struct session *session; /* see session_open() */
};

/* command.c */
extern const struct command cmd_alias, cmd_cancel, cmd_completion, cmd_deploy,
    cmd_diff, cmd_download, cmd_env, cmd_help, cmd_init, cmd_link, cmd_login,
    cmd_logout, cmd_logs, cmd_ls, cmd_open, cmd_project, cmd_promote,
    cmd_protect, cmd_redeploy, cmd_rollback, cmd_remove, cmd_pin, cmd_unpin,
    cmd_token, cmd_usage, cmd_whoami, cmd_key, cmd_git_token, cmd_known_hosts,
    cmd_hook, cmd_explain, cmd_rules;
extern const struct command *const commands[];
extern const struct flag flags_global[], flags_json[], flags_project[];
const struct command *command_find(const struct command *const *,
    const char *name);
const char *command_nearest(const struct command *const *, const char *name);
const struct flag *const *command_flags(const struct command *,
    const struct flag *tables[5]);
char *command_title(struct cli *, const struct command *parent,
    const struct command *);

/* flag.c */
enum rc flags_parse(struct cli *, int argc, char **argv, int *used) MUST_CHECK;
const char *flag_value(const struct cli *, const char *name); /* or NULL */
bool flag_on(const struct cli *, const char *name);
enum rc usage(const struct cli *, const char *, ...) PRINTF(2, 3);

/* help.c, completion.c */
void help_overview(FILE *);
void help_command(struct cli *, const struct command *parent,
    const struct command *);

/* term.c: what a terminal may see */
enum tint { TINT_NONE, TINT_BOLD, TINT_DIM, TINT_RED, TINT_GREEN, TINT_YELLOW };

void term_open(void);
bool term_is(FILE *);
size_t term_width(void);             /* of standard output; 0: not known */
const char *tint(FILE *, enum tint); /* "" where there are no colours */
void tell(const char *, ...) PRINTF(1, 2); /* a line to standard error */
enum rc complain(enum rc, const char *, ...) PRINTF(2, 3);
void progress(const char *, ...) PRINTF(1, 2);
void progress_tick(void);
void progress_end(void);
void progress_stop(void);
bool interrupted(void);
bool interrupts_forget(void);      /* was there one, ever? */
void pause_for(long milliseconds); /* or until Ctrl-C */
void catch_interrupts(void);
char *ask(struct cli *, const char *question, const char *preset);
bool ask_yes(struct cli *, const char *question);
enum rc ask_secret(struct cli *, const char *question, char **) MUST_CHECK;
enum rc read_secret(struct cli *, char **) MUST_CHECK; /* from stdin */

/* clean.c: SEC-64 */
char *clean(struct cli *, const char *);
char *clean_n(struct arena *, const char *, size_t);
size_t clean_decode(const char *, size_t, unsigned *); /* 0: not UTF-8 */
bool clean_hostile(unsigned);                          /* to a terminal */

/* colour.c */
#define COLOUR_CODES 260
void colour_codes(const char *, char out[COLOUR_CODES]);
void colour_line(struct arena *, FILE *, const char *text,
    struct json_object *list);

/* out.c */
struct table;

#define COLUMNS_MAX 8

/* A list of the API's: the array of that name, and a row for each of it. */
struct list {
	const char *name;
	const char *heads[COLUMNS_MAX + 1]; /* up to NULL */
	void (*row)(struct cli *, struct json_object *, const char **cells);
	/*
	 * So many columns at the end are left out on a terminal that is too
	 * narrow, and cells of the others cut.  0: lines may be longer.
	 */
	size_t spare;
};

struct table *table_new(struct cli *, const char *const *heads, size_t n);
void table_row(struct table *, const char *const *cells);
/* On a terminal that is too narrow cells are cut, and the last is wrapped. */
void table_fit(struct table *);
void table_print(struct table *);
void list_print(struct cli *, const struct list *, struct json_object *answer);
void print_json(struct json_object *);
bool want_json(const struct cli *);
const char *when(struct cli *, const char *rfc3339);

/* field.c: reading and writing JSON */
struct json_object *field(struct json_object *, const char *name);
/* How many it has, if it is a list. */
size_t field_length(struct json_object *, const char *name);
const char *str_or(struct json_object *, const char *name, const char *preset);
long long num(struct json_object *, const char *name);
bool truth(struct json_object *, const char *name);
/* "_redirects:3", or "vercel.json redirects[0]": where a rule stands. */
const char *rule_place(struct cli *, struct json_object *rule);
struct json_object *object(struct cli *);
void put(struct json_object *, const char *name, const char *value);
void put_flag(struct cli *, struct json_object *, const char *flag,
    const char *name);

/* http.c */
struct http_reply {
	long status;
	char *body;
	size_t size;
	long retry_after;  /* seconds; 0: not said */
	const char *error; /* the transport's, if status is 0 */

	/* Of a 200, in place of body; false: enough, and error is "". */
	bool (*take)(void *, const char *, size_t);
	void *arg, *handle;
};

enum rc http_url_check(struct cli *, const char *given,
    const char **url) MUST_CHECK;
void *http_handle(const char *url); /* a CURL */
enum rc http_send(struct cli *, const char *method, const char *url,
    const char *bearer, const char *body, struct http_reply *) MUST_CHECK;

/* A GET whose answer, if it is 200, goes to take() as it comes. */
enum rc http_fetch(struct cli *, const char *url, const char *bearer,
    bool (*take)(void *, const char *, size_t), void *arg,
    struct http_reply *) MUST_CHECK;

/* A POST of a file, as it is, from its beginning. */
enum rc http_send_file(struct cli *, const char *url, const char *bearer,
    int fd, long long size, struct http_reply *) MUST_CHECK;

size_t http_take(char *, size_t, size_t, void *reply);

/* api.c */
enum { API_QUIET = 1, API_PUBLIC = 2 };

char *esc(struct cli *, const char *);
enum rc api(struct cli *, int how, const char *method, const char *path,
    struct json_object *body, struct json_object **) MUST_CHECK;
enum rc api_page(struct cli *, const char *path, long long limit,
    const char **next, struct json_object **) MUST_CHECK;
enum rc api_list(struct cli *, const char *path, const char *plural,
    long long limit, struct json_object **) MUST_CHECK;
enum rc api_file(struct cli *, const char *path, int fd, long long size,
    struct json_object **) MUST_CHECK;
/* A GET of what is no JSON; tried so often while the server is busy. */
enum rc api_stream(struct cli *, const char *path, int tries,
    bool (*take)(void *, const char *, size_t), void *arg) MUST_CHECK;
enum rc api_problem(struct cli *, const struct http_reply *);

/* session.c: who we are, where */
struct session {
	const char *email, *access, *refresh, *token;
	time_t expires;
	bool lent; /* token is SLIPWAY_TOKEN */
};

enum rc session_url(struct cli *) MUST_CHECK;
enum rc session_open(struct cli *) MUST_CHECK;
const char *session_bearer(const struct cli *);
enum rc session_renew(struct cli *, const char *spent) MUST_CHECK;
enum rc session_keep(struct cli *, struct json_object *answer) MUST_CHECK;

/* creds.c: the file they are kept in */
enum rc creds_load(struct cli *, const char *url, struct session *) MUST_CHECK;
enum rc creds_save(struct cli *, const char *url,
    const struct session *) MUST_CHECK;  /* NULL: forget */
const char *creds_default(struct cli *); /* the URL used last, or NULL */
int creds_lock(struct cli *);            /* close() it */

/* folder.c: the link of a folder to a project */
struct folder {
	const char *root; /* where .slipway is */
	const char *id, *slug, *url;
};

enum rc folder_find(struct cli *, const char *from, struct folder *) MUST_CHECK;
enum rc folder_link(struct cli *, const char *root,
    struct json_object *project) MUST_CHECK;
enum rc project_name(struct cli *, const char **) MUST_CHECK;
char *project_path(struct cli *, const char *rest, enum rc *);
/* api(), of what that path is in it. */
enum rc project_api(struct cli *, const char *method, const char *rest,
    struct json_object *body, struct json_object **) MUST_CHECK;
enum rc project_list(struct cli *, const char *rest,
    const struct list *) MUST_CHECK;

/* remote.c: what git knows of a folder */
struct remote {
	const char *url;    /* of origin, as https where it can be */
	const char *branch; /* checked out; NULL: none */
	const char *trunk;  /* origin's default, if known */
	const char *root;   /* of the work tree */
	size_t ahead;       /* commits that origin has not got */
	bool dirty;
};

enum rc remote_find(struct cli *, const char *folder,
    struct remote *) MUST_CHECK;
char *remote_https(struct arena *, const char *);

/* walk.c */
struct file {
	const char *path; /* from the root */
	const char *from; /* where it lies, if it is not there */
	char sha[65];
	long long size;
	bool executable;
};

struct files {
	struct file *file;
	size_t n;
	long long bytes;
	size_t links; /* left out */
};

/* also: files from elsewhere that go to the top, up to NULL; NULL: none. */
enum rc walk(struct cli *, const char *root, bool prebuilt,
    const char *const *also, struct files *) MUST_CHECK;

/* archive.c */
bool archive_is(const char *name); /* a file, or "-" */
enum rc archive_send(struct cli *, const char *project, const char *name,
    const char **id) MUST_CHECK;

/* upload.c, send.c */
const char *amount(struct cli *, long long bytes);
enum rc upload(struct cli *, const char *project, const char *root,
    bool prebuilt, const char *const *also, const char **id) MUST_CHECK;
enum rc upload_send(struct cli *, const char *root, const struct files *,
    const char *id, struct json_object *missing) MUST_CHECK;

/* untar.c */
#define UNTAR_BLOCK 512
#define UNTAR_PATH  8192

struct untar {
	enum { UNTAR_HEAD, UNTAR_EXTRA, UNTAR_DATA, UNTAR_PAD } state;
	enum rc (*begin)(void *, const char *path, unsigned long long size);
	enum rc (*data)(void *, const char *, size_t);
	enum rc (*end)(void *);
	void *arg;

	char block[UNTAR_BLOCK], extra[UNTAR_PATH + 256], path[UNTAR_PATH + 1];
	size_t have, nextra, npath, pad;
	unsigned long long size, left;
	bool long_path, long_size; /* an extended head has said it */
	int zeroes;                /* blocks of them */
};

/* RC_TYPE: not an archive of ours; or what a function of it says. */
enum rc untar_feed(struct untar *, const char *, size_t) MUST_CHECK;
bool untar_done(const struct untar *); /* it was whole */

/* deployment.c */
enum { FOLLOW_STEPS = 1, FOLLOW_TIMES = 2, FOLLOW_SILENT = 4, FOLLOW_ONCE = 8 };

char *deployment_id(struct cli *, const char *operand);
enum rc deployment_pick(struct cli *, const char **id) MUST_CHECK;
enum rc deployment_ready(struct cli *, const char **id) MUST_CHECK;
enum rc deployment_act(struct cli *, const char *verb, const char *id,
    struct json_object *body, struct json_object **) MUST_CHECK;
enum rc follow(struct cli *, const char *id, FILE *, int how,
    struct json_object **) MUST_CHECK;
enum rc deployment_failed(struct cli *, struct json_object *);
enum rc deployment_wait(struct cli *, struct json_object *started) MUST_CHECK;

/* cmd-init.c */
enum rc init_folder(struct cli *, const char *name,
    struct json_object *body) MUST_CHECK;

#endif

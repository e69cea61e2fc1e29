#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ctl.h"
#include "db.h"
#include "log.h"
#include "password.h"
#include "query.h"
#include "valid.h"

struct user {
	struct ctl *ctl;
	struct db *db;
	const char *email;
	const char *name;
	const char *password_file; /* or NULL */
};

/* One line, without its end; RC_NOT_FOUND if there is none. */
static enum rc
read_line(FILE *f, char *line, size_t size)
{
	size_t n;

	if (fgets(line, (int)size, f) == NULL)
		return RC_NOT_FOUND;
	n = strcspn(line, "\r\n");
	if (line[n] == '\0' && n == size - 1)
		return RC_TOO_LARGE;
	line[n] = '\0';
	return RC_OK;
}

static enum rc
from_file(const char *path, char *password, size_t size)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	enum rc rc;

	if (f == NULL) {
		log_warn("%s", path);
		return RC_NOT_FOUND;
	}
	if ((rc = read_line(f, password, size)) != RC_OK)
		log_warnx("%s: no password in its first line", path);
	if (f != stdin)
		fclose(f);
	return rc;
}

static enum rc
ask_once(FILE *tty, const char *prompt, char *password, size_t size)
{
	struct termios was, quiet;
	enum rc rc;

	fputs(prompt, tty);
	fflush(tty);
	if (tcgetattr(fileno(tty), &was) == -1)
		return RC_FAIL;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
	rc = read_line(tty, password, size);
	tcsetattr(fileno(tty), TCSAFLUSH, &was);
	fputc('\n', tty);
	return rc;
}

static enum rc
from_terminal(FILE *tty, char *password, size_t size)
{
	char again[PASSWORD_MAX + 2];
	enum rc rc;

	if ((rc = ask_once(tty, "Password: ", password, size)) != RC_OK ||
	    (rc = ask_once(tty, "Once more: ", again, sizeof(again))) != RC_OK)
		log_warnx("no password");
	else if (strcmp(password, again) != 0) {
		log_warnx("that was not the same twice");
		rc = RC_INVALID;
	}
	sodium_memzero(again, sizeof(again));
	return rc;
}

static void
make_up(char *password, size_t size)
{
	unsigned char raw[15];

	randombytes_buf(raw, sizeof(raw));
	sodium_bin2base64(password, size, raw, sizeof(raw),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	printf("password: %s\n", password);
}

static enum rc
get_password(const char *file, char *password, size_t size)
{
	const struct fault *fault;
	enum rc rc = RC_OK;
	FILE *tty;

	if (file != NULL)
		rc = from_file(file, password, size);
	else if (isatty(STDIN_FILENO) &&
	    (tty = fopen("/dev/tty", "r+e")) != NULL) {
		rc = from_terminal(tty, password, size);
		fclose(tty);
	} else
		make_up(password, size);
	if (rc != RC_OK)
		return rc;
	if ((fault = valid_password(password)) != NULL) {
		log_warnx("password: %s", fault->message);
		return RC_INVALID;
	}
	return RC_OK;
}

static enum rc
get_hash(const struct user *u, char hash[PASSWORD_HASH_SIZE])
{
	char password[PASSWORD_MAX + 2];
	enum rc rc;

	if ((rc = get_password(u->password_file, password, sizeof(password))) ==
	    RC_OK)
		rc = password_hash(&u->ctl->conf, password, hash);
	sodium_memzero(password, sizeof(password));
	return rc;
}

/* The name of the personal team: what stands before the @, as a label. */
static const char *
slug_of(struct arena *a, const char *email)
{
	char *slug = arena_strndup(a, email, strcspn(email, "@"));
	size_t n = 0;
	char *p;

	for (p = slug; *p != '\0' && n < 40; p++) {
		char c = (char)tolower((unsigned char)*p);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			slug[n++] = c;
		else if (n > 0 && slug[n - 1] != '-')
			slug[n++] = '-';
	}
	while (n > 0 && slug[n - 1] == '-')
		n--;
	slug[n] = '\0';
	return n > 0 ? slug : "team";
}

static int
email_ok(const char *email)
{
	const char *at = strchr(email, '@');
	const char *p;

	for (p = email; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return 0;
	return at != NULL && at != email && at[1] != '\0' &&
	    strchr(at + 1, '@') == NULL && strlen(email) <= 254;
}

static enum rc
add(struct user *u)
{
	struct arena *a = u->ctl->arena;
	char hash[PASSWORD_HASH_SIZE];
	PGresult *res;
	enum rc rc;

	if (!email_ok(u->email)) {
		log_warnx("%s is not an e-mail address", u->email);
		return RC_INVALID;
	}
	if ((rc = get_hash(u, hash)) != RC_OK)
		return rc;
	rc = db_run(u->db, a, Q_ACCOUNT_CREATE,
	    (const char *[]){ u->email, u->name, hash, slug_of(a, u->email) },
	    &res);
	if (rc == RC_OK)
		printf("%s: user %s, team %s\n", u->email,
		    PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
	else if (rc == RC_CONFLICT)
		log_warnx("%s has an account; \"slipwayctl user password\" "
			  "gives it a new password",
		    u->email);
	return rc;
}

static enum rc
set_password(struct user *u)
{
	char hash[PASSWORD_HASH_SIZE];
	PGresult *res;
	enum rc rc;

	if ((rc = get_hash(u, hash)) != RC_OK)
		return rc;
	rc = db_run(u->db, u->ctl->arena, Q_ACCOUNT_PASSWORD,
	    (const char *[]){ u->email, hash }, &res);
	if (rc == RC_OK)
		printf("%s: new password, signed out everywhere\n", u->email);
	else if (rc == RC_NOT_FOUND)
		log_warnx("%s has no account", u->email);
	return rc;
}

static enum rc
list(struct user *u)
{
	PGresult *res;
	enum rc rc;
	int i;

	rc = db_run(u->db, u->ctl->arena, Q_ACCOUNT_LIST, NULL, &res);
	if (rc == RC_NOT_FOUND)
		return RC_OK;
	for (i = 0; rc == RC_OK && i < PQntuples(res); i++)
		printf("%-32s %-20s %s %s %s\n", PQgetvalue(res, i, 0),
		    PQgetvalue(res, i, 1), PQgetvalue(res, i, 2),
		    PQgetvalue(res, i, 3), PQgetvalue(res, i, 4));
	return rc;
}

/* clang-format off */
static const struct verb {
	const char *name;
	enum rc (*run)(struct user *);
	int email; /* wants an address */
} verbs[] = {
	{ "add",	add,		1 },
	{ "password",	set_password,	1 },
	{ "list",	list,		0 },
};
/* clang-format on */

static const struct verb *
find(const char *name)
{
	size_t i;

	for (i = 0; i < NITEMS(verbs); i++)
		if (name != NULL && strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

int
user_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "password-file", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	struct user u = { .ctl = ctl, .name = "" };
	const struct verb *v;
	enum rc rc;
	int opt;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (opt) {
		case 'n':
			u.name = optarg;
			break;
		case 'p':
			u.password_file = optarg;
			break;
		default:
			return usage_error("user", "no such option");
		}
	if ((v = find(argv[optind])) == NULL)
		return usage_error("user", "say add, password or list");
	if (argc - optind != 1 + v->email)
		return usage_error("user",
		    v->email ? "whose?  Give an e-mail "
			       "address" :
			       "takes no argument");
	if (sodium_init() == -1)
		fatalx("no source of random numbers");
	u.email = argv[optind + 1];
	u.db = db_open(ctl->conf.database, NULL, queries, Q__MAX);
	rc = v->run(&u);
	db_close(u.db);
	return rc == RC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

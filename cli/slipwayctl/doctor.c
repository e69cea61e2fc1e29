#include <sys/wait.h>

#include <getopt.h>
#include <grp.h>
#include <json-c/json.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "log.h"
#include "priv.h"

/* clang-format off */
static const struct check checks[] = {
	{ "users",		check_users },
	{ "token-keys",		check_token_keys },
	{ "seal",		check_seal },
	{ "folders",		check_folders },
	{ "space",		check_space },
	{ "database",		check_database },
	{ "schema",		check_schema },
	{ "rights",		check_rights },
	{ "fsync",		check_fsync },
	{ "collection",		check_collection },
	{ "integrity",		check_integrity },
	{ "redis",		check_redis },
	{ "api-socket",		check_api_socket },
	{ "serve-socket",	check_serve_socket },
	{ "blobs",		check_blobs },
	{ "image",		check_image },
	{ "runtime",		check_runtime },
	{ "libexec",		check_libexec },
	{ "kernel",		check_kernel },
	{ "cgroups",		check_cgroups },
	{ "certificates",	check_certificates },
	{ "domain",		check_domain },
	{ "clock",		check_clock },
};
/* clang-format on */

void
found(struct doctor *d, enum level level, const char *cure, const char *fmt,
    ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text[strcspn(text, "\n")] = '\0';
	d->level = level;
	d->text = arena_strndup(d->arena, text, strlen(text));
	d->cure = cure;
}

static void
child(const char *user, int (*fn)(const void *, char *), const void *arg,
    int to)
{
	char answer[ANSWER_MAX] = "";
	uid_t uid;
	gid_t gid;
	int r = -1;

	if (geteuid() != 0 ||
	    (user != NULL && priv_user(user, &uid, &gid) == RC_OK &&
		(getpwnam(user) != NULL ? initgroups(user, gid) :
					  setgroups(1, &gid)) == 0 &&
		setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0))
		r = fn(arg, answer);
	else
		snprintf(answer, sizeof(answer), "there is no user %s",
		    user != NULL ? user : "?");
	(void)!write(to, answer, strlen(answer));
	_exit(r == 0 ? 0 : 1);
}

int
as_user(const char *user, int (*fn)(const void *, char *), const void *arg,
    char answer[ANSWER_MAX])
{
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	fflush(NULL);
	if (pipe(fds) == -1 || (pid = fork()) == -1)
		fatal("fork");
	if (pid == 0)
		child(user, fn, arg, fds[1]);
	close(fds[1]);
	n = read(fds[0], answer, ANSWER_MAX - 1);
	answer[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	if (waitpid(pid, &status, 0) == -1 || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status) == 0 ? 0 : -1;
}

static const char *
level_name(enum level level)
{
	return level == GOOD ? "good" : level == HINT ? "hint" : "bad";
}

static void
show(const char *name, const struct doctor *d)
{
	printf("%-4s %-13s %s\n", level_name(d->level), name, d->text);
	if (d->level != GOOD && d->cure != NULL)
		printf("%18s -> %s\n", "", d->cure);
	fflush(stdout);
}

static void
show_json(struct json_object *list, const char *name, const struct doctor *d)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "check", json_object_new_string(name));
	json_object_object_add(o, "level",
	    json_object_new_string(level_name(d->level)));
	json_object_object_add(o, "text", json_object_new_string(d->text));
	json_object_object_add(o, "cure",
	    d->level != GOOD && d->cure != NULL ?
		json_object_new_string(d->cure) :
		NULL);
	json_object_array_add(list, o);
}

static int
examine(struct ctl *ctl, int json)
{
	struct doctor d = { .ctl = ctl,
		.conf = &ctl->conf,
		.arena = ctl->arena };
	struct json_object *list = json_object_new_array();
	size_t i, bad = 0, hints = 0;

	for (i = 0; i < NITEMS(checks); i++) {
		found(&d, BAD, NULL, "says nothing");
		checks[i].run(&d);
		bad += d.level == BAD;
		hints += d.level == HINT;
		if (json)
			show_json(list, checks[i].name, &d);
		else
			show(checks[i].name, &d);
	}
	if (json)
		puts(json_object_to_json_string_ext(list,
		    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		printf("%zu checks: %zu bad, %zu to look at\n", NITEMS(checks),
		    bad, hints);
	json_object_put(list);
	return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
doctor_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int opt, json = 0;

	while ((opt = getopt_long(argc, argv, "+", longs, NULL)) != -1)
		if (opt == 'j')
			json = 1;
		else
			return usage_error("doctor", "no such option");
	if (optind != argc)
		return usage_error("doctor", "takes no argument");
	return examine(ctl, json);
}

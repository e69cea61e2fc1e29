#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "slipway.h"

extern char **environ;

/* The one program we run; what it is given is an http URL or nothing. */
static void
browse(const char *url)
{
	const char *display = getenv("DISPLAY");
	int null;

	if ((display == NULL && getenv("WAYLAND_DISPLAY") == NULL) ||
	    !term_is(stdout) ||
	    (strncmp(url, "http://", 7) != 0 &&
		strncmp(url, "https://", 8) != 0))
		return;
	fflush(NULL);
	if (fork() != 0)
		return;
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
	}
	execve("/usr/bin/xdg-open",
	    (char *[]){ (char *)"xdg-open", (char *)(uintptr_t)url, NULL },
	    environ);
	_exit(127);
}

static enum rc
run(struct cli *c)
{
	struct json_object *o;
	const char *path, *url;
	enum rc rc;

	if (c->argc > 0) {
		rc = deployment_act(c, "", deployment_id(c, c->argv[0]), NULL,
		    &o);
	} else if ((path = project_path(c, "", &rc)) != NULL)
		rc = api(c, 0, "GET", path, NULL, &o);
	if (rc != RC_OK)
		return rc;
	if (want_json(c)) {
		print_json(o);
		return RC_OK;
	}
	url = clean(c, str_or(o, "url", ""));
	printf("%s\n", url);
	browse(url);
	return RC_OK;
}

const struct command cmd_open = {
	.name = "open",
	.example = "slipway open",
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "print the URL, and show it in a browser",
	.about = "Prints the URL of the project, or of a deployment; on a "
		 "terminal with a display, also opens it with xdg-open.",
	.see = "explain, rules, alias, protect",
	.run = run,
};

/* lib/log: one line an event, in both formats, that nobody can forge. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <json-c/json.h>

#include "log.h"
#include "tap.h"

static char line[8192];

/* What one call wrote; at is where reading goes on. */
static const char *
said(int fd)
{
	ssize_t n = read(fd, line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

int
main(void)
{
	char path[] = "/tmp/slipway-log-XXXXXX", big[5000];
	struct json_object *o, *text = NULL;
	int fd = mkstemp(path), keep = dup(STDERR_FILENO);

	unlink(path);
	dup2(fd, STDERR_FILENO);
	fd = open("/dev/fd/2", O_RDONLY | O_CLOEXEC);
	log_open("t", 0);
	log_tag("req 1\n");
	log_info("a\nb\x1b[1m%s\n\n", "c");
	said(fd);
	ok(strncmp(line, "<6>t[", 5) == 0, "priority and name");
	ok(strstr(line, "] req?1?: a b [1mc\n") != NULL, "tag and text: %s",
	    line);
	log_info("\302\2332J \233 \303\251 \342\202");
	said(fd);
	ok(strstr(line, "   2J ? \303\251 ??\n") != NULL,
	    "nothing for a terminal, and UTF-8: %s", line);
	log_debug("quiet");
	is(said(fd), "", "debug is off");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_warnx("%s", big);
	said(fd);
	ok(strlen(line) < 1200 && line[strlen(line) - 1] == '\n',
	    "a long line is cut, and ends");

	log_format("json");
	log_warnx("say \"%s\"", "\\");
	said(fd);
	o = json_tokener_parse(line + 3);
	ok(o != NULL && json_object_object_get_ex(o, "text", &text), "JSON");
	is(json_object_get_string(text), "say \"\\\"", "quoted");
	json_object_put(o);
	memset(big, '"', sizeof(big) - 1);
	log_warnx("%s", big);
	said(fd);
	o = json_tokener_parse(line + 3);
	ok(o != NULL, "a long line of quotes is still JSON");
	json_object_put(o);

	log_format("text");
	fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ok(fd != -1 && grantpt(fd) == 0 && unlockpt(fd) == 0 &&
		dup2(open(ptsname(fd), O_RDWR | O_NOCTTY | O_CLOEXEC),
		    STDERR_FILENO) != -1,
	    "a terminal");
	log_info("hello");
	ok(strncmp(said(fd), "t[", 2) == 0, "sees no priority: %s", line);
	dup2(keep, STDERR_FILENO);
	return done();
}

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "log.h"

/* clang-format off */
static const char *const passed[] = {
	"HOME", "TMPDIR",
	"http_proxy", "https_proxy", "no_proxy",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	"NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"npm_config_registry", "npm_config_cafile", "npm_config_userconfig",
};
/* clang-format on */

static char *const *
environment(void)
{
	static char *env[NITEMS(passed) + 3];
	size_t i, n = 0;
	const char *value;

	env[n++] = (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
			   "/usr/bin:/sbin:/bin";
	env[n++] = (char *)"LC_ALL=C.UTF-8";
	for (i = 0; i < NITEMS(passed); i++)
		if ((value = getenv(passed[i])) != NULL &&
		    asprintf(&env[n], "%s=%s", passed[i], value) != -1)
			n++;
	env[n] = NULL;
	return env;
}

static void
become(const char *const argv[], int quiet)
{
	int nul = quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;

	if (!quiet || dup2(nul, STDOUT_FILENO) != -1)
		execve(argv[0], (char *const *)(uintptr_t)argv, environment());
	log_warn("%s", argv[0]);
	_exit(127);
}

static enum rc
run(const char *const argv[], int quiet)
{
	int status;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == -1) {
		log_warn("fork");
		return RC_FAIL;
	}
	if (pid == 0)
		become(argv, quiet);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return RC_FAIL;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return RC_OK;
	log_warnx("%s failed", argv[0]);
	return RC_FAIL;
}

enum rc
child_run(const char *const argv[])
{
	return run(argv, 0);
}

enum rc
child_run_quiet(const char *const argv[])
{
	return run(argv, 1);
}

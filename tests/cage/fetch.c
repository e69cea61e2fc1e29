/*
 * fetch -- run slipway-fetch in a cage, as builderd would.
 *
 *	fetch conf project port [port] <order
 *
 * Prints what it printed, what the proxy said, and the files that came.
 * Starts as root; what root did for it is done by the helper.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "builderd/proxy/proxy.h"
#include "log.h"
#include "priv.h"
#include "tap.h"

static void
pass(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, (size_t)n) != n)
			exit(1);
	close(fd);
}

static void
list(int tree)
{
	char path[64];
	pid_t pid;

	fcntl(tree, F_SETFD, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/", tree);
	if ((pid = fork()) == 0) {
		execl("/usr/bin/find", "find", path, "-mindepth", "1",
		    "-printf", "%y %m %s %P\n", NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

int
main(int argc, char **argv)
{
	const char *args[] = { "/slipway/slipway-fetch", NULL };
	const char *env[] = { "PATH=/usr/bin:/bin", NULL };
	uint16_t ports[CAGE_PORTS] = { 443, 80, 0, 0 };
	static char order[16384];
	struct cage_run r = { .kind = CAGE_FETCH,
		.cwd = ".",
		.argv = args,
		.env = env,
		.input = order };
	struct cage_spec s = { .deployment = "dpl_aaaaaaaaaaaa", .fence = 1 };
	struct arena *a = arena_new();
	struct helper *helper;
	struct cage_end end;
	struct cage_io io;
	struct conf conf;
	struct cage *cage;
	struct proxy_way way = { .budget = ~0ULL };
	int line, lines, tree;
	ssize_t n;
	pid_t pid;

	log_open("fetch", 0);
	if (argc < 4 || argc > 5 || (n = read(0, order, sizeof(order))) <= 0 ||
	    conf_load(&conf, a, argv[1]) != RC_OK ||
	    helper_start(&helper, &conf) != RC_OK ||
	    helper_deadline(helper, 0, UINT64_MAX) != RC_OK)
		return 2;
	priv_drop(conf.build_user);
	r.input_size = (size_t)n;
	s.project = argv[2];
	ports[3] = argc > 4 ? (uint16_t)atoi(argv[4]) : 0;
	ports[2] = way.port = (uint16_t)atoi(argv[3]);
	if (cage_line(helper, &s, &line) != RC_OK ||
	    cage_open(&cage, line, &s) != RC_OK ||
	    cage_start(cage, &r, ports, &io) != RC_OK ||
	    proxy_start(&pid, &lines, &conf, &way, &io) != RC_OK)
		return 2;
	pass(io.out);
	pass(io.err);
	if (cage_end(cage, &end) != RC_OK)
		return 2;
	proxy_stop(pid);
	pass(lines);
	proxy_wait(pid);
	if (cage_tree(cage, &tree) == RC_OK)
		list(tree);
	cage_close(cage);
	arena_free(a);
	return end.status;
}

/*
 * cage-start DIRECTORY RUNS -- how long until a build's first instruction.
 *
 * Opens one cage, as builderd does, and starts a command in it RUNS times.
 * Prints the milliseconds of each: from the request to the first byte that the
 * command writes.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "builderd/cage/cage.h"
#include "log.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
one(struct cage *c)
{
	static const char *const argv[] = { "/bin/echo", "x", NULL };
	static const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	const uint16_t ports[CAGE_PORTS] = { 443, 80 };
	const struct cage_run r = { .kind = CAGE_BUILD,
		.cwd = ".",
		.argv = argv,
		.env = env,
		.image = "host" };
	struct cage_end e;
	struct cage_io io;
	double begin = now();
	int i;
	char b;

	if (cage_start(c, &r, ports, &io) != RC_OK || read(io.out, &b, 1) != 1)
		fatalx("it did not start");
	printf("%.1f\n", now() - begin);
	close(io.out);
	close(io.err);
	for (i = 0; i < CAGE_PORTS * 2; i++)
		if (io.tcp[i] != -1)
			close(io.tcp[i]);
	for (i = 0; i < 2; i++)
		if (io.dns[i] != -1)
			close(io.dns[i]);
	if (cage_end(c, &e) != RC_OK || e.status != 0)
		fatalx("it did not end");
}

int
main(int argc, char *argv[])
{
	const struct cage_spec s = { .deployment = "dpl_aaaaaaaaaaaa",
		.project = "prj_aaaaaaaaaaaa",
		.fence = 1 };
	struct arena *a = arena_new();
	struct helper *h;
	struct conf conf;
	struct cage *c;
	const char *path;
	FILE *f;
	int i, line;

	log_open("cage-start", 0);
	if (argc != 3 || getenv("builddir") == NULL)
		fatalx("usage: builddir=... cage-start directory runs");
	path = arena_printf(a, "%s.conf", argv[1]);
	if (mkdir(argv[1], 0755) == -1 || (f = fopen(path, "we")) == NULL)
		fatal("%s", path);
	fprintf(f,
	    "state-dir %s\nlibexec-dir %s/builderd\nbuild-image host\n"
	    "build-user 65534\nbuild-uid-base 1700000000\n",
	    argv[1], getenv("builddir"));
	fclose(f);
	if (conf_load(&conf, a, path) != RC_OK ||
	    helper_start(&h, &conf) != RC_OK ||
	    helper_deadline(h, 0, UINT64_MAX) != RC_OK ||
	    cage_line(h, &s, &line) != RC_OK ||
	    cage_open(&c, line, &s) != RC_OK)
		fatalx("no cage");
	for (i = atoi(argv[2]); i > 0; i--)
		one(c);
	cage_close(c);
	return 0;
}

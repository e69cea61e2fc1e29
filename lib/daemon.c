#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon.h"
#include "log.h"

static void __attribute__((noreturn)) usage(const char *name)
{
	fprintf(stderr, "usage: %s [-npv] [-f file]\n", name);
	exit(2);
}

void
daemon_begin(struct daemon *d, struct arena *a, const char *name, int argc,
    char **argv)
{
	int ch, print = 0, verbose = 0;

	*d = (struct daemon){ .conf_path = CONF_FILE };
	while ((ch = getopt(argc, argv, "f:npv")) != -1)
		switch (ch) {
		case 'f':
			d->conf_path = optarg;
			break;
		case 'n':
			d->check = 1;
			break;
		case 'p':
			print = 1;
			break;
		case 'v':
			verbose = 1;
			break;
		default:
			usage(name);
		}
	if (optind != argc)
		usage(name);

	log_open(name, verbose);
	if (conf_load(&d->conf, a, d->conf_path) != RC_OK)
		fatalx("will not start with that configuration");
	if (print) {
		conf_print(&d->conf);
		exit(0);
	}
	log_format(d->conf.log_format);
	if (sodium_init() == -1)
		fatalx("no source of random numbers");
}

/*
 * fcgi-api -- the HTTP API, spoken as FastCGI behind a web server.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api.h"
#include "log.h"
#include "prefork.h"
#include "priv.h"

static void
usage(void)
{
	fputs("usage: fcgi-api [-npv] [-f file]\n", stderr);
	exit(2);
}

/* Better not to start than to answer every request with a failure. */
static void
check(const struct conf *c)
{
	struct keys keys;

	if (keys_load(&keys, c->token_keys, 1) != RC_OK ||
	    keys_load(&keys, c->seal_public, 0) != RC_OK)
		fatalx("will not start without good keys");
	sodium_memzero(&keys, sizeof(keys));
}

int
main(int argc, char *argv[])
{
	struct arena *a = arena_new();
	int ch, dry = 0, lfd, print = 0, verbose = 0;
	struct conf conf;

	work_conf_path = CONF_FILE;
	while ((ch = getopt(argc, argv, "f:npv")) != -1)
		switch (ch) {
		case 'f':
			work_conf_path = optarg;
			break;
		case 'n':
			dry = 1;
			break;
		case 'p':
			print = 1;
			break;
		case 'v':
			verbose = 1;
			break;
		default:
			usage();
		}
	if (optind != argc)
		usage();

	log_open("fcgi-api", verbose);
	if (conf_load(&conf, a, work_conf_path) != RC_OK)
		fatalx("will not start with that configuration");
	if (print) {
		conf_print(&conf);
		return 0;
	}
	log_format(conf.log_format);
	if (sodium_init() == -1)
		fatalx("no source of random numbers");
	if (dry) {
		check(&conf);
		return 0;
	}

	lfd = prefork_listen(conf.api_socket, conf.web_group);
	priv_drop(conf.api_user);
	check(&conf); /* as who will read them */
	gate_open(conf.argon2_at_once);
	work_conf = &conf;
	work_metrics = metrics_new();
	log_info("listening on %s", conf.api_socket);
	prefork(lfd, conf.api_workers, work);
	arena_free(a);
	return 0;
}

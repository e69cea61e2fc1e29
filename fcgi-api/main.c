/*
 * fcgi-api -- the HTTP API, spoken as FastCGI behind a web server.
 */
#include <sodium.h>

#include "api.h"
#include "daemon.h"
#include "log.h"
#include "prefork.h"
#include "priv.h"
#include "site/names.h"

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
	struct daemon d;
	int lfd;

	daemon_begin(&d, a, "fcgi-api", argc, argv);
	if (d.check) {
		check(&d.conf);
		return 0;
	}
	lfd = prefork_listen(d.conf.api_socket, d.conf.web_group);
	priv_drop(d.conf.api_user);
	check(&d.conf); /* as who will read them */
	gate_open(&d.conf);
	work_conf = &d.conf;
	work_conf_path = d.conf_path;
	work_metrics = metrics_new();
	names_share();
	log_info("listening on %s", d.conf.api_socket);
	prefork(lfd, d.conf.api_workers, work);
	arena_free(a);
	return 0;
}

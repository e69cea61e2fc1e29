/*
 * fcgi-serve -- answers for the sites, behind nginx or lighttpd.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "form.h"
#include "log.h"
#include "logins.h"
#include "prefork.h"
#include "priv.h"
#include "serve.h"

#define BURST 64            /* requests without a look at the signals */
#define LARGE (1024 * 1024) /* bytes */

static const char *conf_path;
static struct gens *gens;
static struct logins *logins;

/*
 * Our answers are complete when they are written, so the connection is simply
 * closed.  Only after a body that nobody read is there the slow way, which
 * waits for the peer: closing would tear the answer from it.
 */
static void
finish(FCGX_Request *fcgx)
{
	const char *length = FCGX_GetParam("CONTENT_LENGTH", fcgx->envp);

	if (length == NULL || *length == '\0' || strcmp(length, "0") == 0)
		FCGX_Detach(fcgx);
	FCGX_Free(fcgx, 1);
}

/* What was posted, if that is no more than a form of ours may have; or NULL. */
static const char *
read_form(FCGX_Request *fcgx, struct arena *a)
{
	const char *length = FCGX_GetParam("CONTENT_LENGTH", fcgx->envp);
	const char *method = FCGX_GetParam("REQUEST_METHOD", fcgx->envp);
	char *form, *end;
	long n;

	if (method == NULL || strcmp(method, "POST") != 0 || length == NULL)
		return NULL;
	n = strtol(length, &end, 10);
	if (*length == '\0' || *end != '\0' || n < 0 || n > FORM_MAX)
		return NULL;
	form = arena_alloc(a, (size_t)n + 1);
	return FCGX_GetStr(form, (int)n, fcgx->in) == n ? form : NULL;
}

/* As many requests as there are, up to a limit.  Are there none left? */
static int
serve_some(struct worker *w, FCGX_Request *fcgx)
{
	int i, e;

	for (i = 0; i < BURST; i++) {
		if ((e = FCGX_Accept_r(fcgx)) < 0) {
			/* Else another was first, or nobody comes any more. */
			if (e != -EAGAIN && !prefork_closed(fcgx->listen_sock))
				log_warnx("accept: %d", e);
			return 1;
		}
		req_serve(w, fcgx->envp, read_form(fcgx, w->arena), fcgx->ipcFd,
		    fcgx->requestId);
		finish(fcgx);
	}
	return 0;
}

static void
work(const struct conf *conf, struct arena *a, int lfd)
{
	struct worker w = { .conf = conf,
		.arena = arena_new(),
		.routes = routes_new(conf, a, gens),
		.sites = sites_new(),
		.blobs = blobs_new(),
		.names = names_new(conf->proxy_allow),
		.regexes = regexes_new(REGEXES_BYTES),
		.logins = logins,
		.body = arena_alloc(a, BODY_CHUNK) };
	int queue = prefork_queue(lfd), more;
	FCGX_Request fcgx;

	/* What a password takes is given back as soon as it was checked. */
	mallopt(M_MMAP_THRESHOLD, LARGE);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgx, lfd, 0) != 0)
		fatalx("cannot set up FastCGI");
	do {
		more = prefork_next(queue);
		(void)serve_some(&w, &fcgx);
	} while (more);
	while (prefork_closed(lfd) && !serve_some(&w, &fcgx))
		;
	close(queue);
	routes_free(w.routes);
	lru_free(w.sites);
	lru_free(w.blobs);
	regexes_free(w.regexes);
	names_free(w.names);
	store_close(w.store);
	arena_free(w.arena);
}

/* The first child listens for news, the others serve. */
static void
run(int lfd, int i)
{
	struct arena *a = arena_new();
	struct conf conf;

	if (conf_load(&conf, a, conf_path) != RC_OK)
		fatalx("cannot go on with this configuration");
	if (i == 0) {
		close(lfd);
		listen_run(&conf, gens);
	} else
		work(&conf, a, lfd);
	arena_free(a);
}

/* Where workers keep what they know of hosts. */
static void
make_routes_dir(const struct conf *conf, struct arena *a)
{
	char *path = arena_printf(a, "%s/routes", conf->state_dir);
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;

	if (mkdir(conf->state_dir, 0755) == -1 && errno != EEXIST)
		fatal("mkdir %s", conf->state_dir);
	if (mkdir(path, 0750) == -1 && errno != EEXIST)
		fatal("mkdir %s", path);
	if (geteuid() != 0)
		return;
	if (priv_user(conf->serve_user, &uid, &gid) != RC_OK)
		fatalx("serve-user %s: no such user", conf->serve_user);
	if (chown(path, uid, gid) == -1)
		fatal("chown %s", path);
}

int
main(int argc, char *argv[])
{
	struct arena *a = arena_new();
	struct daemon d;
	int lfd;

	daemon_begin(&d, a, "fcgi-serve", argc, argv);
	if (d.check)
		return 0;
	conf_path = d.conf_path;
	make_routes_dir(&d.conf, a);
	lfd = prefork_listen(d.conf.serve_socket, d.conf.web_group);
	gens = gens_new();
	logins = logins_new();
	names_share();
	priv_drop(d.conf.serve_user);
	prefork(lfd, d.conf.serve_workers + 1, run);
	arena_free(a);
	return 0;
}

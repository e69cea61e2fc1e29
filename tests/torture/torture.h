/*
 * torture -- the driver: what its files share.
 *
 * main.c starts the servers and plays the nemesis (nemesis.c); processes of
 * their own are the load (load.c), which asks for deployments, the watch
 * (watch.c), which looks at the queue once a second, one that sees real cages
 * (cages.c), and the proxy.  All write
 * into one history (record.h, history.h).  In the end everything is started
 * afresh, the queue has to become empty, and what the database and the store
 * hold is added to the history (dump.c).  check.c judges it.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <sys/types.h>

#include <libpq-fe.h>
#include <stdint.h>

#include "control.h"

#define WORKERS 16
#define SLOTS   2 /* of each */

/* A server that the driver may kill and start again. */
struct server {
	const char *name;
	pid_t pid;         /* 0: it does not run */
	uint64_t start_at; /* boot us; then it is started, or 0 */
	uint64_t cont_at;  /* then what is stopped goes on, or 0 */
	int worker;        /* number, from 1; or 0 */
	int ended;         /* times it has ended by itself */
};

enum { POSTGRES, REDIS, PROXY, WORKER, SERVER__MAX = WORKER + WORKERS };

struct torture {
	const char *dir; /* everything is in it */
	struct control *control;
	struct server servers[SERVER__MAX];
	uint64_t dice;
	int real; /* the last so many workers have cages */
	unsigned int faults;
};

/* server.c */
void server_start(struct torture *, struct server *);
void server_reap(struct torture *);                 /* notes who has ended */
void server_signal(const struct server *, int sig); /* with all below it */
void server_end(struct torture *, struct server *, int sig); /* and wait */
void server_slots(struct torture *); /* counts those that run */
int server_ready(struct torture *);  /* PostgreSQL answers */

/* Processes below pid; how many. */
#define TREE_MAX 256
struct process {
	pid_t pid, parent;
	int leader; /* of a session */
	int depth;  /* 1: a child */
};
size_t server_tree(pid_t, struct process[TREE_MAX]);

/* nemesis.c: one fault, now.  Undoes itself by start_at and cont_at. */
void nemesis(struct torture *);

void proxy_run(const char *listen_at, const char *server)
    __attribute__((noreturn));
void load_run(struct torture *, unsigned int n) __attribute__((noreturn));
void cages_run(struct torture *) __attribute__((noreturn));
void watch_run(struct torture *) __attribute__((noreturn));
/* Until nothing is to be built any more; 0 if that does not come. */
int watch_drained(struct torture *);
void dump(struct torture *);

/* As user; waits until there is a server. */
PGconn *connect_as(const struct torture *, const char *user);

#endif

#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "db.h"
#include "disk.h"
#include "log.h"
#include "query.h"

/*
 * Who uses what below state-dir.  By kind it is what is on the disk; by project
 * "sites" is what its deployments hold, where files that several have are
 * counted for each.
 */

struct project {
	const char *id, *name; /* "team/project", or "" if there is none */
	uint64_t sites, used[DISK__KINDS];
};

struct usage {
	struct arena *arena;
	const struct conf *conf;
	struct disk disk;
	struct disk_space space;
	int wait;      /* builds do */
	uint64_t logs; /* of builds, in the database; 0: it does not say */
	uint64_t bytes[DISK__KINDS];
	size_t files[DISK__KINDS];
	struct project *projects;
	size_t n;
};

/* Those are shown for each project. */
static const enum disk_kind by_project[] = { DISK_UPLOADS, DISK_MIRRORS,
	DISK_DEPS };

static struct project *
find(struct usage *u, const char *id)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		if (strcmp(u->projects[i].id, id) == 0)
			return &u->projects[i];
	u->projects[u->n].id = id;
	u->projects[u->n].name = "";
	return &u->projects[u->n++];
}

/* Everyone has what they have even when the database does not say who. */
static PGresult *
ask(struct usage *u, const char *conninfo)
{
	struct db *db =
	    db_open(arena_printf(u->arena, "%s options='-c row_security=off'",
			conninfo),
		NULL, queries, Q__MAX);
	PGresult *res = NULL;

	if (db_run(db, u->arena, Q_STORAGE, NULL, &res) != RC_OK) {
		log_warnx("the database does not say whose projects these are");
		res = NULL;
	}
	db_close(db);
	return res;
}

static int
by_name(const void *x, const void *y)
{
	const struct project *a = x, *b = y;
	int c = strcmp(a->name, b->name);

	return c != 0 ? c : strcmp(a->id, b->id);
}

static void
add_up(struct usage *u, const PGresult *res)
{
	int i, rows = res != NULL ? PQntuples(res) : 0;
	const struct disk_entry *e;
	struct project *p;
	size_t k;

	u->projects = arena_alloc(u->arena,
	    (u->disk.n + (size_t)rows + 1) * sizeof(*u->projects));
	for (i = 0; i < rows; i++) {
		if (*PQgetvalue(res, i, 0) == '\0') {
			u->logs = strtoull(PQgetvalue(res, i, 2), NULL, 10);
			continue;
		}
		p = find(u, PQgetvalue(res, i, 0));
		p->name = PQgetvalue(res, i, 1);
		p->sites = strtoull(PQgetvalue(res, i, 2), NULL, 10);
	}
	for (k = 0; k < u->disk.n; k++) {
		e = &u->disk.entries[k];
		u->bytes[e->kind] += e->bytes;
		u->files[e->kind] += e->files;
		if (*e->folder != '\0' && disk_by_project(e->kind))
			find(u, e->folder)->used[e->kind] += e->bytes;
	}
	qsort(u->projects, u->n, sizeof(*u->projects), by_name);
}

static void
put(struct json_object *o, const char *name, uint64_t n)
{
	json_object_object_add(o, name, json_object_new_int64((int64_t)n));
}

static void
put_text(struct json_object *o, const char *name, const char *s)
{
	json_object_object_add(o, name, json_object_new_string(s));
}

static void
show_json(const struct usage *u)
{
	struct json_object *top = json_object_new_object(), *o;
	struct json_object *list = json_object_new_array();
	enum disk_kind k;
	size_t i, j;

	put_text(top, "state_dir", u->conf->state_dir);
	put(top, "size", u->space.size);
	put(top, "free", u->space.free);
	put(top, "reserve", (uint64_t)u->conf->disk_reserve << 20);
	json_object_object_add(top, "builds_wait",
	    json_object_new_boolean(u->wait));
	for (k = 0; k < DISK__KINDS; k++) {
		o = json_object_new_object();
		put_text(o, "kind", disk_name(k));
		put(o, "bytes", u->bytes[k]);
		put(o, "files", u->files[k]);
		if (disk_budget(u->conf, k) != 0)
			put(o, "budget", disk_budget(u->conf, k));
		json_object_array_add(list, o);
	}
	json_object_object_add(top, "kinds", list);
	if (u->logs != 0)
		put(top, "logs", u->logs);
	list = json_object_new_array();
	for (i = 0; i < u->n; i++) {
		o = json_object_new_object();
		put_text(o, "id", u->projects[i].id);
		put_text(o, "project", u->projects[i].name);
		put(o, "sites", u->projects[i].sites);
		for (j = 0; j < NITEMS(by_project); j++)
			put(o, disk_name(by_project[j]),
			    u->projects[i].used[by_project[j]]);
		json_object_array_add(list, o);
	}
	json_object_object_add(top, "projects", list);
	puts(json_object_to_json_string_ext(top,
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(top);
}

static void
show(const struct usage *u)
{
	uint64_t budget;
	char a[16], b[16], c[16];
	enum disk_kind k;
	size_t i, j;

	printf("%s: %s free of %s; %s %s\n\n", u->conf->state_dir,
	    disk_text(u->space.free, a), disk_text(u->space.size, b),
	    u->wait ? "builds wait until it is" : "builds wait below",
	    disk_text((uint64_t)u->conf->disk_reserve << 20, c));
	printf("%-10s %10s %10s %10s\n", "kind", "used", "budget", "files");
	for (k = 0; k < DISK__KINDS; k++) {
		budget = disk_budget(u->conf, k);
		printf("%-10s %10s %10s %10zu\n", disk_name(k),
		    disk_text(u->bytes[k], a),
		    budget != 0 ? disk_text(budget, b) : "-", u->files[k]);
	}
	if (u->logs != 0)
		printf("%-10s %10s %10s %10s  in the database\n", "logs",
		    disk_text(u->logs, a), "-", "-");
	printf("\n%10s", "sites");
	for (j = 0; j < NITEMS(by_project); j++)
		printf(" %10s", disk_name(by_project[j]));
	printf("  project\n");
	for (i = 0; i < u->n; i++) {
		printf("%10s", disk_text(u->projects[i].sites, a));
		for (j = 0; j < NITEMS(by_project); j++)
			printf(" %10s",
			    disk_text(u->projects[i].used[by_project[j]], a));
		printf("  %s\n",
		    *u->projects[i].name != '\0' ? u->projects[i].name :
						   u->projects[i].id);
	}
}

int
disk_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct usage u = { .arena = ctl->arena, .conf = &ctl->conf };
	int opt, json = 0;
	enum rc rc;

	while ((opt = getopt_long(argc, argv, "+", longs, NULL)) != -1)
		if (opt == 'j')
			json = 1;
		else
			return usage_error("disk", "no such option");
	if (optind != argc)
		return usage_error("disk", "takes no argument");
	u.wait = disk_short(&ctl->conf, &u.space);
	rc = disk_look(&u.disk, &ctl->conf);
	add_up(&u, ask(&u, ctl->conf.database));
	(json ? show_json : show)(&u);
	disk_free(&u.disk);
	return rc == RC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

#include <string.h>

#include "query.h"
#include "tally.h"

enum { FILE_OF_SITE, MANIFEST }; /* what a need is of */

static void
note(struct tally *t, struct needs *s, const char *project)
{
	unsigned long long files = 0, bytes = 0, stored = 0;
	const char *ignored;
	size_t i, e;
	enum rc rc;

	needs_sort(s);
	for (i = 0; i < s->n; i++) {
		const struct need *n = &s->list[i];

		stored += n->size;
		for (e = 0; e < MANIFEST__ENCODINGS; e++)
			stored += n->packed[e][0];
		files += n->of == FILE_OF_SITE;
		bytes += n->of == FILE_OF_SITE ? n->size : 0;
	}
	needs_free(s);
	rc = db_json(t->db, t->arena, Q_STORAGE_NOTE,
	    (const char *[]){ t->team, project,
		arena_printf(t->arena, "%llu", files),
		arena_printf(t->arena, "%llu", bytes),
		arena_printf(t->arena, "%llu", stored) },
	    &ignored);
	if (rc != RC_OK && rc != RC_NOT_FOUND) /* it may be deleted by now */
		t->rc = rc;
}

void
tally_turn(struct tally *t, const char *team, const char *project)
{
	if (t->db == NULL)
		return;
	if (t->project != NULL && strcmp(t->project, project) != 0) {
		note(t, &t->of_project, t->project);
		t->project = NULL;
	}
	if (t->team != NULL && strcmp(t->team, team) != 0) {
		note(t, &t->of_team, NULL);
		t->team = NULL;
	}
	if (*project != '\0') {
		t->team = team;
		t->project = project;
	}
}

void
tally_add(void *tally, const struct manifest_file *f)
{
	struct tally *t = tally;
	size_t of = f->type != NULL ? FILE_OF_SITE : MANIFEST;

	if (t->project == NULL)
		return;
	needs_add(&t->of_team, f, of);
	needs_add(&t->of_project, f, of);
}

enum rc
tally_end(struct tally *t, const char *collection)
{
	const char *ignored;

	if (t->db == NULL)
		return RC_OK;
	tally_turn(t, "", "");
	if (t->rc != RC_OK)
		return t->rc;
	return db_json(t->db, t->arena, Q_STORAGE_END,
	    (const char *[]){ collection }, &ignored);
}

void
tally_free(struct tally *t)
{
	needs_free(&t->of_team);
	needs_free(&t->of_project);
}

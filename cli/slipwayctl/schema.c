#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "schema.h"

#define FILE_MAX (4 << 20)

static void
hash_of(const char *text, char hex[65])
{
	unsigned char h[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(h, (const unsigned char *)text, strlen(text));
	sodium_bin2hex(hex, 65, h, sizeof(h));
}

static enum rc
slurp(struct arena *a, int dir, const char *name, const char **text)
{
	struct stat st;
	ssize_t n = 0;
	off_t got = 0;
	char *buf;
	int fd;

	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1 || st.st_size > FILE_MAX) {
		log_warn("%s", name);
		if (fd != -1)
			close(fd);
		return RC_FAIL;
	}
	buf = arena_alloc(a, (size_t)st.st_size + 1);
	while (got < st.st_size &&
	    (n = read(fd, buf + got, (size_t)(st.st_size - got))) > 0)
		got += n;
	close(fd);
	if (got != st.st_size || strlen(buf) != (size_t)got) {
		log_warnx("%s: cannot read it whole", name);
		return RC_FAIL;
	}
	*text = buf;
	return RC_OK;
}

static int
is_sql(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] >= '0' && e->d_name[0] <= '9' && n > 4 &&
	    strcmp(e->d_name + n - 4, ".sql") == 0;
}

enum rc
schema_read(struct schema *s, struct arena *a, const char *dir)
{
	struct dirent **list = NULL;
	enum rc rc = RC_OK;
	int i, n, fd;

	memset(s, 0, sizeof(*s));
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    (n = scandir(dir, &list, is_sql, alphasort)) == -1) {
		log_warn("%s", dir);
		if (fd != -1)
			close(fd);
		return RC_NOT_FOUND;
	}
	s->files = arena_alloc(a, sizeof(*s->files) * (size_t)(n + 1));
	for (i = 0; i < n; i++) {
		struct schema_file *f = &s->files[i];

		f->name =
		    arena_strndup(a, list[i]->d_name, strlen(list[i]->d_name));
		if (rc == RC_OK &&
		    (rc = slurp(a, fd, f->name, &f->sql)) == RC_OK)
			hash_of(f->sql, f->hash);
		free(list[i]);
	}
	free(list);
	close(fd);
	s->n = s->count[SCHEMA_NEW] = (size_t)n;
	if (rc == RC_OK && n == 0) {
		log_warnx("%s has no schema files", dir);
		rc = RC_NOT_FOUND;
	}
	return rc;
}

static struct schema_file *
find(struct schema *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->files[i].name, name) == 0)
			return &s->files[i];
	return NULL;
}

static void
clear(void *res)
{
	PQclear(res);
}

enum rc
schema_compare(struct schema *s, struct arena *a, PGconn *conn)
{
	struct schema_file *f;
	PGresult *res;
	int i;

	res = PQexec(conn,
	    "SELECT name, sha256 FROM slipway_migrations ORDER BY name");
	arena_defer(a, clear, res);
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

		if (state != NULL && strcmp(state, "42P01") == 0)
			return RC_OK; /* no such table: nothing was applied */
		log_warnx("db: %s", PQerrorMessage(conn));
		return RC_FAIL;
	}
	memset(s->count, 0, sizeof(s->count));
	for (i = 0; i < PQntuples(res); i++) {
		if ((f = find(s, PQgetvalue(res, i, 0))) == NULL) {
			s->count[SCHEMA_MISSING]++;
			continue;
		}
		f->state = strcmp(f->hash, PQgetvalue(res, i, 1)) == 0 ?
		    SCHEMA_APPLIED :
		    SCHEMA_CHANGED;
	}
	for (i = 0; i < (int)s->n; i++)
		s->count[s->files[i].state]++;
	return RC_OK;
}

const char *
schema_state_name(enum schema_state state)
{
	static const char *const names[] = {
		[SCHEMA_NEW] = "new",
		[SCHEMA_APPLIED] = "applied",
		[SCHEMA_CHANGED] = "changed",
		[SCHEMA_MISSING] = "missing",
	};

	return names[state];
}

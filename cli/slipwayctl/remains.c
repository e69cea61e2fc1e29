#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "log.h"
#include "marks.h"
#include "priv.h"
#include "remains.h"
#include "store.h"

#define ID_LEN (4 + 12) /* "prj_", and what new_id() makes */

/* One of the folders, while it is swept. */
struct sweep {
	const struct remains *r;
	struct store *store; /* of one project's uploads */
	struct marks marks;
	size_t files, failed;
	uint64_t bytes;
};

int
remains_known(PGresult *ids, const char *id)
{
	int lo = 0, hi = PQntuples(ids), mid, c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((c = strcmp(id, PQgetvalue(ids, mid, 0))) == 0)
			return 1;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return 0;
}

static int
is_project(const char *name)
{
	return strlen(name) == ID_LEN && strncmp(name, "prj_", 4) == 0 &&
	    strspn(name + 4, "abcdefghijklmnopqrstuvwxyz234567") == ID_LEN - 4;
}

static void
swept(struct sweep *s, const char *what, size_t files, uint64_t bytes)
{
	log_debug("%s", what);
	s->files += files;
	s->bytes += bytes;
}

/* A project that is no more: all of it, once it is quiet. */
static void
sweep_gone(struct sweep *s, int dir, const char *project)
{
	struct folder t;

	if (folder_look(dir, project, &t) != RC_OK)
		s->failed++;
	else if (t.used < s->r->before) {
		if (s->r->dry || folder_remove(dir, project) == RC_OK)
			swept(s, project, t.files, t.bytes);
		else
			s->failed++;
	}
}

/* Each line of a list begins with the hash of a file. */
static enum rc
mark_list(struct sweep *s, int dir, const char *name)
{
	int fd =
	    openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	unsigned char hash[32];
	enum rc rc = RC_OK;
	char *line = NULL;
	size_t room = 0;
	FILE *f;

	if (fd == -1 || (f = fdopen(fd, "r")) == NULL) {
		log_warn("%s", name);
		if (fd != -1)
			close(fd);
		return RC_FAIL;
	}
	while (rc == RC_OK && getline(&line, &room, f) > 64)
		if (sodium_hex2bin(hash, sizeof(hash), line, 64, NULL, NULL,
			NULL) == 0)
			marks_add(&s->marks, hash);
		else
			rc = RC_INVALID;
	if (rc != RC_OK || ferror(f) || !feof(f)) {
		log_warnx("%s cannot be read", name);
		rc = RC_FAIL;
	}
	free(line);
	fclose(f);
	return rc;
}

/* "<upload>.list", or what was to become one. */
static enum rc
sweep_list(struct sweep *s, int dir, const char *name, const char *dot)
{
	const char *id = arena_strndup(s->r->arena, name, (size_t)(dot - name));
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno == ENOENT)
			return RC_OK;
		log_warn("%s", name);
		return RC_FAIL;
	}
	if (st.st_mtime >= s->r->before || remains_known(s->r->uploads, id))
		return strcmp(dot, ".list") == 0 ? mark_list(s, dir, name) :
						   RC_OK;
	if (!s->r->dry && unlinkat(dir, name, 0) == -1) {
		log_warn("%s", name);
		return RC_FAIL;
	}
	swept(s, name, 1, (uint64_t)st.st_size);
	return RC_OK;
}

static enum rc
sweep_file(void *arg, const char *name, uint64_t size, time_t used)
{
	struct sweep *s = arg;
	enum rc rc = RC_OK;

	if (used >= s->r->before || marks_has(&s->marks, name))
		return RC_OK;
	if (!s->r->dry)
		rc = store_remove(s->store, name, s->r->before);
	if (rc == RC_OK)
		swept(s, name, 1, size);
	else
		s->failed += rc != RC_CONFLICT;
	return RC_OK;
}

static enum rc
sweep_store(struct sweep *s, int dir)
{
	char path[64];
	enum rc rc;

	/* The folder that is open, whatever bears its name now. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	if ((rc = store_open(&s->store, path)) != RC_OK)
		return rc;
	marks_sort(&s->marks);
	rc = store_walk(s->store, s->r->dry ? 0 : s->r->before, sweep_file, s);
	store_close(s->store);
	return rc;
}

/* A project that is there; if one list cannot be read, its files stay. */
static void
sweep_uploads(struct sweep *s, int dir, const char *project)
{
	DIR *d = folder_open(dir, project);
	enum rc rc = RC_OK;
	struct dirent *e;
	const char *dot;

	if (d == NULL) {
		log_warn("uploads/%s", project);
		s->failed++;
		return;
	}
	while (rc == RC_OK && (e = readdir(d)) != NULL)
		if ((dot = strchr(e->d_name, '.')) != NULL &&
		    (strcmp(dot, ".list") == 0 || strcmp(dot, ".tmp") == 0))
			rc = sweep_list(s, dirfd(d), e->d_name, dot);
	if (rc == RC_OK)
		rc = sweep_store(s, dirfd(d));
	s->failed += rc != RC_OK;
	marks_free(&s->marks);
	closedir(d);
}

static enum rc
sweep_all(const struct remains *r)
{
	const char *path =
	    arena_printf(r->arena, "%s/uploads", r->conf->state_dir);
	struct sweep s = { .r = r };
	struct dirent *e;
	DIR *d;

	if ((d = folder_open(AT_FDCWD, path)) == NULL) {
		if (errno == ENOENT)
			return RC_OK;
		log_warn("%s", path);
		return RC_FAIL;
	}
	while ((e = readdir(d)) != NULL)
		if (!is_project(e->d_name))
			continue;
		else if (!remains_known(r->projects, e->d_name))
			sweep_gone(&s, dirfd(d), e->d_name);
		else
			sweep_uploads(&s, dirfd(d), e->d_name);
	closedir(d);
	printf("uploads: %s %zu files, %llu bytes\n",
	    r->dry ? "would sweep" : "swept", s.files,
	    (unsigned long long)s.bytes);
	if (s.failed == 0)
		return RC_OK;
	log_warnx("uploads: something could not be removed");
	return RC_FAIL;
}

/* They are fcgi-api's, and root has no business there. */
enum rc
remains_sweep(const struct remains *r)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return sweep_all(r);
	fflush(NULL);
	if ((pid = fork()) == -1)
		fatal("fork");
	if (pid == 0) {
		priv_drop(r->conf->api_user);
		status = sweep_all(r) != RC_OK;
		fflush(NULL);
		_exit(status);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) == 0 ?
	    RC_OK :
	    RC_FAIL;
}

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git.h"
#include "settings.h"

#define TEXT_MAX 65536
#define FILE_AT  "/tmp/settings"

/*
 * Of such a file nothing but these words is needed, and an include would read
 * others.
 */
static void
check(const char *name, const char *text, git_object_size_t n)
{
	if (n > TEXT_MAX || memchr(text, '\0', (size_t)n) != NULL)
		give_up("submodule", "%s is too large, or not text", name);
	if (strcasestr(text, "[include") != NULL)
		give_up("submodule", "%s includes other files", name);
}

/* libgit2 reads it from a file only, and again when that has changed. */
static void
put(git_config **out, const char *name, const git_blob *blob)
{
	char *text =
	    strndup(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	git_config *conf;
	size_t n;
	int fd;

	if (text == NULL)
		give_up("internal", "no memory");
	check(name, git_blob_rawcontent(blob), git_blob_rawsize(blob));
	n = strlen(text);
	fd = open(FILE_AT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, text, n) != (ssize_t)n)
		give_up("internal", FILE_AT);
	close(fd);
	free(text);
	if (git_config_new(&conf) != 0 ||
	    git_config_add_file_ondisk(conf, FILE_AT, GIT_CONFIG_LEVEL_APP,
		NULL, 1) != 0 ||
	    git_config_snapshot(out, conf) != 0)
		give_up("submodule", "%s cannot be read: %s", name,
		    git_error_last()->message);
	git_config_free(conf);
	unlink(FILE_AT);
}

git_config *
settings_open(git_repository *repo, const git_tree *tree, const char *name)
{
	const git_tree_entry *e = git_tree_entry_byname(tree, name);
	git_config *conf;
	git_blob *blob;

	if (e == NULL) {
		if (git_config_new(&conf) != 0)
			git_give_up();
		return conf;
	}
	if (git_tree_entry_filemode(e) != GIT_FILEMODE_BLOB &&
	    git_tree_entry_filemode(e) != GIT_FILEMODE_BLOB_EXECUTABLE)
		give_up("submodule", "%s is not a file", name);
	if (git_blob_lookup(&blob, repo, git_tree_entry_id(e)) != 0)
		git_give_up();
	put(&conf, name, blob);
	git_blob_free(blob);
	return conf;
}

struct search {
	const char *kind;
	size_t i;
	char *last, *found;
};

/* "kind.name.key": what is between the first dot and the last. */
static int
look(const git_config_entry *e, void *arg)
{
	struct search *s = arg;
	size_t n = strlen(s->kind);
	const char *name = e->name + n + 1, *end;

	if (strncmp(e->name, s->kind, n) != 0 || e->name[n] != '.' ||
	    (end = strrchr(name, '.')) == NULL)
		return 0;
	if (s->last != NULL && strlen(s->last) == (size_t)(end - name) &&
	    strncmp(s->last, name, (size_t)(end - name)) == 0)
		return 0; /* another line of the same */
	free(s->last);
	if ((s->last = strndup(name, (size_t)(end - name))) == NULL)
		return -1;
	if (s->i-- > 0)
		return 0;
	s->found = s->last;
	s->last = NULL;
	return 1;
}

char *
settings_section(git_config *conf, const char *kind, size_t i)
{
	struct search s = { .kind = kind, .i = i };

	git_config_foreach(conf, look, &s);
	free(s.last);
	return s.found;
}

const char *
settings_get(git_config *conf, const char *kind, const char *name,
    const char *key)
{
	char full[1024];
	git_buf value = GIT_BUF_INIT;

	if ((size_t)snprintf(full, sizeof(full), "%s%s%s.%s", kind,
		name != NULL ? "." : "", name != NULL ? name : "",
		key) >= sizeof(full) ||
	    git_config_get_string_buf(&value, conf, full) != 0)
		return NULL;
	return value.ptr;
}

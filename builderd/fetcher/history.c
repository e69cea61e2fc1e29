#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "git.h"
#include "history.h"

#define HISTORY FETCH_TO "/.git"

/* Read by no program of ours: whoever runs git there owns it. */
static const char config[] = "[core]\n"
			     "\trepositoryformatversion = 0\n"
			     "\tfilemode = true\n"
			     "\tbare = false\n"
			     "\tlogallrefupdates = false\n"
			     "[gc]\n"
			     "\tauto = 0\n";

static void
failed(const char *path)
{
	give_up("internal", "%s: %s", path, strerror(errno));
}

static void
put(const char *path, const char *text)
{
	size_t n = strlen(text);
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, text, n) != (ssize_t)n || close(fd) == -1)
		failed(path);
}

/* Commits whose parents were not sent. */
static void
copy_shallow(void)
{
	FILE *from, *to;
	char line[128];
	int bad;

	if ((from = fopen(FETCH_MIRROR "/shallow", "re")) == NULL)
		return;
	if ((to = fopen(HISTORY "/shallow", "wxe")) == NULL)
		failed(HISTORY);
	while (fgets(line, sizeof(line), from) != NULL)
		fputs(line, to);
	bad = ferror(from) | ferror(to);
	fclose(from);
	if (fclose(to) == EOF || bad)
		failed(HISTORY);
}

static void
write_index(git_commit *commit)
{
	git_index *index;
	git_tree *tree;

	if (git_commit_tree(&tree, commit) != 0 ||
	    git_index_open(&index, HISTORY "/index") != 0 ||
	    git_index_read_tree(index, tree) != 0 ||
	    git_index_write(index) != 0)
		git_give_up();
	git_index_free(index);
	git_tree_free(tree);
}

void
history_leave(git_repository *mirror, const git_oid *id)
{
	static const char *const dirs[] = { "", "/objects", "/objects/info",
		"/refs", "/refs/heads", "/refs/tags" };
	git_commit *commit = git_peel(mirror, id);
	char path[64], head[GIT_OID_HEXSZ + 2];
	size_t i;

	for (i = 0; i < NITEMS(dirs); i++) {
		snprintf(path, sizeof(path), HISTORY "%s", dirs[i]);
		if (mkdir(path, 0755) == -1)
			failed(path);
	}
	git_oid_tostr(head, GIT_OID_HEXSZ + 1, git_commit_id(commit));
	strcat(head, "\n");
	put(HISTORY "/HEAD", head);
	put(HISTORY "/config", config);
	put(HISTORY "/objects/info/alternates", FETCH_HISTORY "\n");
	copy_shallow();
	write_index(commit);
	git_commit_free(commit);
}

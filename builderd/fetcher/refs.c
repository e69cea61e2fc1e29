#include <stdio.h>
#include <string.h>

#include "refs.h"

#define HEADS "refs/heads/"
#define TAGS  "refs/tags/"
#define TOLD  5 /* names in an error */

static const git_remote_head *
find(const git_remote_head **heads, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(heads[i]->name, name) == 0)
			return heads[i];
	return NULL;
}

static void __attribute__((noreturn)) missing(const git_remote_head **heads,
    size_t n, const char *prefix, const char *what, const char *ref)
{
	char there[1024] = "";
	size_t i, len = 0, told = 0, skip = strlen(prefix), count = 0;

	for (i = 0; i < n; i++) {
		if (strncmp(heads[i]->name, prefix, skip) != 0 ||
		    strchr(heads[i]->name, '^') != NULL)
			continue;
		count++;
		if (told == TOLD ||
		    len + strlen(heads[i]->name) + 3 >= sizeof(there))
			continue;
		len += (size_t)snprintf(there + len, sizeof(there) - len,
		    "%s%s", told++ == 0 ? "" : ", ", heads[i]->name + skip);
	}
	if (count == 0)
		give_up("ref", "there is no %s %s, nor any other", what, ref);
	give_up("ref", "there is no %s %s; there %s %s%s", what, ref,
	    count == 1 ? "is" : "are", there, count > told ? ", ..." : "");
}

/* Without a ref: where HEAD points, or else what has HEAD's commit. */
static void
find_default(git_remote *remote, const git_remote_head **heads, size_t n,
    struct wanted *w)
{
	const git_remote_head *h;
	git_buf buf = GIT_BUF_INIT;

	if (git_remote_default_branch(&buf, remote) != 0 ||
	    strncmp(buf.ptr, HEADS, sizeof(HEADS) - 1) != 0 ||
	    (h = find(heads, n, buf.ptr)) == NULL)
		missing(heads, n, HEADS, "branch",
		    "that is the repository's default: choose one");
	w->id = h->oid;
	snprintf(w->name, sizeof(w->name), "%s", buf.ptr);
	snprintf(w->branch, sizeof(w->branch), "%s",
	    buf.ptr + sizeof(HEADS) - 1);
	git_buf_dispose(&buf);
}

void
refs_find(git_remote *remote, const struct order *o, struct wanted *w)
{
	const git_remote_head **heads, *h;
	const char *prefix = strcmp(o->kind, "tag") == 0 ? TAGS : HEADS;
	size_t i, n;

	memset(w, 0, sizeof(*w));
	if (git_remote_ls(&heads, &n, remote) != 0)
		give_up("not_git", "there is no Git repository at this URL");
	if (n == 0)
		give_up("empty",
		    "the repository is empty: push a commit first");
	for (i = 0; i < n; i++)
		w->branches +=
		    strncmp(heads[i]->name, HEADS, sizeof(HEADS) - 1) == 0;
	if (strcmp(o->kind, "commit") != 0 && *o->ref != '\0') {
		if ((size_t)snprintf(w->name, sizeof(w->name), "%s%s", prefix,
			o->ref) >= sizeof(w->name))
			give_up("ref", "the name is too long");
		h = find(heads, n, w->name);
		if (h == NULL && *o->commit == '\0')
			missing(heads, n, prefix, o->kind, o->ref);
		if (h != NULL)
			w->id = h->oid;
		else
			w->name[0] = '\0'; /* gone; the commit may be not */
	} else if (strcmp(o->kind, "commit") != 0)
		find_default(remote, heads, n, w);
	if (*o->commit != '\0' && git_oid_fromstr(&w->id, o->commit) != 0)
		give_up("ref", "%s is not a commit", o->commit);
}

/*
 * By a hash of its name, so that a branch "a" can follow a branch "a/b" that
 * was removed: in a mirror, as in a directory, only one of them fits.
 */
void
refs_spec(const char *name, char spec[REFS_SPEC_MAX])
{
	char hex[GIT_OID_HEXSZ + 1];
	git_oid id;

	if (git_odb_hash(&id, name, strlen(name), GIT_OBJECT_BLOB) != 0)
		give_up("internal", "no hash of a name");
	git_oid_tostr(hex, sizeof(hex), &id);
	snprintf(spec, REFS_SPEC_MAX, "+%s:refs/one/%s", name, hex);
}

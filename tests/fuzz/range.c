/*
 * builderd/range and builderd/workspace: what a repository says of versions of
 * Node and of its packages.
 */
#include "builderd/range.c"
#include "builderd/manager.c"
#include "builderd/package.c"
#include "builderd/tree.c"
#include "builderd/workspace.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int majors[] = { 24, 22, 20, 18, 0 };
	struct arena *a;
	const char **list;
	char s[4096];
	int major;

	if (n >= sizeof(s))
		return 0;
	memcpy(s, data, n);
	s[n] = '\0';
	major = range_node(s, majors);
	if (major != 0 && (major < 18 || major > 24))
		abort();
	a = arena_new();
	list = workspace_yaml(a, s);
	workspace_has(a, list, "a/b/c/a/b/c/a/b/c/a/b/c/a/b/c/a/b/c/a/b/c/a");
	list[0] = s;
	list[1] = NULL;
	workspace_has(a, list, "apps/site");
	arena_free(a);
	return 0;
}

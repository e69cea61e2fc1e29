/* cli/slipwayctl/subtract: what one tree has over another. */
#include "cli/slipwayctl/subtract.c"
#include "tap.h"

#include "tests/builderd/fixture.h"

static int
is_there(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int
main(void)
{
	char tree[PATH_MAX], base[PATH_MAX];
	int dir = fixture();

	fixture_text(dir, "base/etc/passwd", "root");
	fixture_text(dir, "base/etc/group", "root");
	fixture_text(dir, "base/usr/bin/git", "git");
	fixture_text(dir, "base/usr/bin/sh", "sh");
	fixture_text(dir, "tree/etc/passwd", "root");
	fixture_text(dir, "tree/etc/group", "boot");
	fixture_text(dir, "tree/usr/bin/git", "git");
	fixture_text(dir, "tree/usr/bin/hugo", "hugo");
	fixture_text(dir, "tree/usr/bin/sh", "sh");
	ok(fchmodat(dir, "tree/usr/bin/sh", 0755, 0) == 0, "another mode");
	ok(mkdirat(dir, "base/tmp", 0755) == 0 &&
		mkdirat(dir, "tree/tmp", 0755) == 0 &&
		mkdirat(dir, "tree/var", 0755) == 0,
	    "directories");
	ok(symlinkat("a", dir, "base/l") == 0 &&
		symlinkat("a", dir, "tree/l") == 0 &&
		symlinkat("b", dir, "tree/m") == 0 &&
		symlinkat("/etc", dir, "tree/n") == 0,
	    "links");
	ok(mkfifoat(dir, "tree/pipe", 0600) == 0, "a pipe");

	snprintf(tree, sizeof(tree), "%s/tree", fixture_dir);
	snprintf(base, sizeof(base), "%s/base", fixture_dir);
	ok(subtract(tree, base) == RC_OK, "subtract");
	ok(!is_there(dir, "tree/etc/passwd"), "the same file goes");
	ok(is_there(dir, "tree/etc/group"), "another of its size stays");
	ok(is_there(dir, "tree/usr/bin/hugo"), "a new one stays");
	ok(!is_there(dir, "tree/usr/bin/git"), "one beside it goes");
	ok(is_there(dir, "tree/usr/bin/sh"), "another mode stays");
	ok(!is_there(dir, "tree/tmp"), "an empty directory goes");
	ok(is_there(dir, "tree/var"), "a new one stays");
	ok(!is_there(dir, "tree/l"), "a link goes");
	ok(is_there(dir, "tree/m") && is_there(dir, "tree/n"),
	    "new ones stay, and are not followed");
	ok(!is_there(dir, "tree/pipe"), "a pipe goes");
	close(dir);
	return done();
}

/*
 * What builderd detects, a line for each line of standard input:
 *
 *	in <tab> repository <tab> directory
 *	range <tab> a range of versions of Node
 *
 * answers framework, command, output directories, manager, what installs and
 * where; or the newest of 24, 22, 20 and 18 that the range allows.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd/framework.h"
#include "builderd/range.h"

static void
show(struct arena *a, const char *repository, const char *dir)
{
	const struct framework *f;
	const char *why, *command;
	struct package p;
	int own, root;

	root = open(repository, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root == -1 || package_load(&p, a, root, dir, &why) != RC_OK)
		exit(1);
	f = framework_detect(a, &p, root, dir);
	command = framework_command(f, &p, a, &own);
	printf("%s\t%s\t%s%s%s\t%s\t%s\t%s\n", f->name, command,
	    p.output != NULL ? p.output : "", p.output != NULL ? "|" : "",
	    f->output, p.manager_name, manager_install(&p), p.dir);
	close(root);
}

int
main(void)
{
	static const int majors[] = { 24, 22, 20, 18, 0 };
	char *line = NULL, *rest, *verb, *one;
	struct arena *a;
	size_t size = 0;

	while (getline(&line, &size, stdin) != -1) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		verb = strsep(&rest, "\t");
		one = strsep(&rest, "\t");
		if (strcmp(verb, "range") == 0) {
			printf("%d\n", range_node(one, majors));
			continue;
		}
		a = arena_new();
		show(a, one, rest);
		arena_free(a);
	}
	free(line);
	return 0;
}

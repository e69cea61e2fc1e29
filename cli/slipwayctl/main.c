#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "log.h"

static int
conf_print_main(struct ctl *ctl, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return usage_error("conf", "takes no argument");
	conf_print(&ctl->conf);
	return EXIT_SUCCESS;
}

/* slipwayctl(8) lists the same commands; tests/style/slipwayctl.t compares. */
/* clang-format off */
const struct command commands[] = {
	{ "migrate", migrate_main, "[--schema DIR] [--dry-run | --status]",
	  "bring the database to this version's schema",
	  "Applies the schema files that the database does not have yet, each in\n"
	  "a transaction of its own.  Run it as whoever owns the database.\n"
	  "\n"
	  "  --schema DIR   take the files from there\n"
	  "  --dry-run      try everything, then undo it\n"
	  "  --status       list the files, and which are applied\n",
	  "sudo -u postgres slipwayctl migrate", 0 },
	{ "image", image_main, "[--node N,...] [--with NAME,...] [--again] | "
	  "--add NAME=PATH | --remove NAME | --list",
	  "make what builds run in",
	  "Makes the layers of the build image that are missing: a minimal Debian\n"
	  "from this machine's package sources, and Node with npm, pnpm and yarn.\n"
	  "Run it as root; it takes about a minute.\n"
	  "\n"
	  "  --node N,...  with these versions of Node (22)\n"
	  "  --with X,...  and with these: bun, hugo, jekyll\n"
	  "  --again       make them anew; builds that run keep the old ones\n"
	  "  --list        list the layers there are, and their programs\n"
	  "\n"
	  "  --add X=PATH  add a layer of your own: a program, a folder with bin in\n"
	  "                it, or one with usr\n"
	  "  --remove X    remove it, or one of --with\n",
	  "slipwayctl image --node 22,24 --with hugo", 0 },
	{ "keys", keys_main, "[--rotate token|seal]",
	  "make the key files that are missing",
	  "Makes token-keys, seal-private and seal-public of slipway.conf(5) with\n"
	  "random keys, and gives them to who needs them.  Files that exist are\n"
	  "left as they are.\n"
	  "\n"
	  "  --rotate token  put a new key first; tokens under the old ones stay\n"
	  "                  good until they end\n"
	  "  --rotate seal   the same for environment variables\n"
	  "\n"
	  "After --rotate, send SIGHUP to fcgi-api and builderd.\n",
	  "slipwayctl keys", 0 },
	{ "user", user_main, "add EMAIL [--name NAME] [--password-file FILE] | "
	  "password EMAIL [--password-file FILE] | list",
	  "make accounts, and set their passwords",
	  "  add       make an account and its personal team\n"
	  "  password  set a new password, and sign the user out everywhere\n"
	  "  list      list the accounts\n"
	  "\n"
	  "The password is the first line of FILE (- is standard input), or is\n"
	  "asked for on a terminal; elsewhere one is made up and printed.\n"
	  "Run it as whoever owns the database, as migrate.\n",
	  "sudo -u postgres slipwayctl user add ann@example.org", 0 },
	{ "doctor", doctor_main, "[--json]",
	  "find out what is wrong with an installation",
	  "Looks at everything that has to be right for Slipway to work, and says\n"
	  "for what is not how it is cured.  Run it as root; fails if something is\n"
	  "bad.\n"
	  "\n"
	  "  --json  the same as JSON\n",
	  "slipwayctl doctor", 0 },
	{ "disk", disk_main, "[--json]",
	  "say what takes up the disk, and whose it is",
	  "Shows what is below state-dir by kind and by project, with the budgets\n"
	  "that slipway.conf(5) gives.  A project's sites are all its deployments,\n"
	  "as if no two shared a file.  Run it as root, and say with -d how to\n"
	  "connect as whoever owns the database.\n"
	  "\n"
	  "  --json  the same as JSON, in bytes\n",
	  "slipwayctl disk", 0 },
	{ "fsck", fsck_main, "[--repair] [--minutes number] [--json]",
	  "look whether every file of every deployment is as it was",
	  "Reads all that deployments have, and compares hashes; compressed copies\n"
	  "are unpacked for it.  Fails if something is bad.  Run it as root.\n"
	  "\n"
	  "  --repair  make a bad file again from a good copy, and copies from\n"
	  "            their file; what was bad is kept in blobs/quarantine\n"
	  "  --minutes as many folders of the store as there is time for, the\n"
	  "            one first that was looked at longest ago\n"
	  "  --json    the same as JSON\n",
	  "slipwayctl fsck --repair --minutes 60", 0 },
	{ "gc", gc_main, "[--dry-run]",
	  "remove files that nobody needs any more",
	  "Removes the files that no deployment has, uploads that are over, and\n"
	  "the mirrors and caches of deleted projects; but nothing that was used\n"
	  "in the last day.  Then brings caches and mirrors down to the budgets of\n"
	  "slipway.conf(5), as builderd does after each build.  Run it as root\n"
	  "each day, as slipway-gc.timer of systemd does.\n"
	  "\n"
	  "  --dry-run  only say how much it would remove\n",
	  "slipwayctl gc --dry-run", 0 },
	{ "queue", queue_main, "[--json]",
	  "show what waits and why, and what is built where",
	  "Prints the teams that wait or build; what is built, by which builder and\n"
	  "slot, and how long its lease is good; what waits, and what for; and the\n"
	  "builders.  Run it as whoever owns the database.\n"
	  "\n"
	  "  --json  the same as JSON, with all that waits\n",
	  "sudo -u postgres slipwayctl queue", 0 },
	{ "conf", conf_print_main, "",
	  "check slipway.conf and print what is in force",
	  "Prints every setting, those that the file does not name with their\n"
	  "defaults.  Fails if the file has a mistake, and says where.\n",
	  "slipwayctl -f new.conf conf", 0 },
	{ NULL, NULL, NULL, NULL, NULL, NULL, 0 },
};
/* clang-format on */

static const struct command *
find(const char *name)
{
	const struct command *c;

	for (c = commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static void
usage(FILE *f)
{
	const struct command *c;

	fprintf(f,
	    "usage: slipwayctl [-f file] [-d conninfo] [-v] command ...\n\n");
	for (c = commands; c->name != NULL; c++)
		fprintf(f, "  %-9s %s\n", c->name, c->summary);
	fprintf(f,
	    "\n  -f file      configuration (" CONF_FILE ")\n"
	    "  -d conninfo  database, in place of the configuration's\n"
	    "  -v           say more\n\n"
	    "\"slipwayctl help command\" says more about one.\n");
}

static void
command_help(const struct command *c)
{
	printf("usage: slipwayctl %s %s\n\nTo %s.\n\n%s\nExample\n  %s\n",
	    c->name, c->args, c->summary, c->help, c->example);
}

static int
help(const char *name)
{
	const struct command *c;

	if (name == NULL)
		usage(stdout);
	else if ((c = find(name)) != NULL)
		command_help(c);
	else {
		fprintf(stderr, "slipwayctl: %s: no such command\n", name);
		return EXIT_USAGE;
	}
	return EXIT_SUCCESS;
}

int
usage_error(const char *command, const char *fmt, ...)
{
	const struct command *c = find(command);
	va_list ap;

	fprintf(stderr, "slipwayctl %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: slipwayctl %s %s\n", command,
	    c != NULL ? c->args : "");
	return EXIT_USAGE;
}

/* Does it ask for help?  Then it needs no configuration. */
static int
asks_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return 1;
	return 0;
}

int
main(int argc, char **argv)
{
	struct ctl ctl = { .conf_file = CONF_FILE };
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *database = NULL;
	const struct command *c;
	int opt, verbose = 0;

	setlocale(LC_CTYPE, "");
	while ((opt = getopt_long(argc, argv, "+f:d:vh", longs, NULL)) != -1)
		switch (opt) {
		case 'f':
			ctl.conf_file = optarg;
			break;
		case 'd':
			database = optarg;
			break;
		case 'v':
			verbose = 1;
			break;
		case 'V':
			puts(PACKAGE_STRING);
			return EXIT_SUCCESS;
		case 'h':
			return help(NULL);
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	argc -= optind;
	argv += optind;
	log_open("slipwayctl", verbose);
	log_format("plain");
	if (argc == 0) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[0], "help") == 0)
		return help(argv[1]);
	if ((c = find(argv[0])) == NULL)
		return help(argv[0]);
	if (asks_help(argc, argv))
		return help(c->name);
	ctl.arena = arena_new();
	if (conf_load(&ctl.conf, ctl.arena, ctl.conf_file) != RC_OK &&
	    !c->lenient)
		return EXIT_FAILURE;
	if (database != NULL)
		ctl.conf.database = database;
	optind = 0; /* start over, in the command's own arguments */
	opt = c->run(&ctl, argc, argv);
	arena_free(ctl.arena);
	return opt;
}

/* builderd/limits: whose number counts, and who is told to raise it. */
#include "builderd/builderd.h"
#include "log.h"
#include "tap.h"

int
main(void)
{
	/* clang-format off */
	static const struct {
		const char *project, *team;
		int max, value;
		const char *raise;
	} rows[] = {
		{ "",     "",     0,    2048, "build-memory in" },
		{ NULL,   NULL,   0,    2048, "build-memory in" },
		{ "1024", "",     0,    1024, "project set" },
		{ "4096", "",     0,    2048, "build-memory in" },
		{ "",     "512",  0,    512,  "of the team" },
		{ "",     "4096", 0,    2048, "build-memory in" },
		{ "",     "4096", 8192, 4096, "of the team" },
		{ "3000", "4096", 8192, 3000, "project set" },
		{ "",     "9000", 8192, 8192, "build-memory in" },
		{ "",     "",     8192, 2048, "build-memory in" },
		{ "4096", "",     8192, 2048, "build-memory in" },
	};
	/* clang-format on */
	struct conf conf = { .build_memory = 2048,
		.build_timeout = 60,
		.build_pids = 512,
		.build_inodes = 10000,
		.build_silence = 600,
		.build_output_max = 256 };
	struct claim c = { .team = "tm_a",
		.team_timeout = "90",
		.build_pids = "64",
		.team_inodes = "2000",
		.build_silence = "30" };
	struct limits l;
	size_t i;

	log_open("limits-t", 0);
	for (i = 0; i < NITEMS(rows); i++) {
		c.build_memory = rows[i].project;
		c.team_memory = rows[i].team;
		conf.build_memory_max = rows[i].max;
		limits_set(&l, &c, &conf);
		ok(l.value[LIMIT_MEMORY] == rows[i].value &&
			strstr(l.raise[LIMIT_MEMORY], rows[i].raise) != NULL,
		    "%zu: %d, %s", i, l.value[LIMIT_MEMORY],
		    l.raise[LIMIT_MEMORY]);
	}
	ok(l.value[LIMIT_TIMEOUT] == 90, "a team's time has no upper end");
	ok(l.value[LIMIT_PIDS] == 64, "a project's processes");
	is(l.raise[LIMIT_PIDS],
	    "raise build_pids (slipway project set build_pids=NUMBER)",
	    "are its own to raise");
	ok(l.value[LIMIT_INODES] == 2000, "a team's files");
	is(l.raise[LIMIT_INODES],
	    "the server's operator can raise build_inodes of the team",
	    "are the operator's");
	ok(l.value[LIMIT_SILENCE] == 30, "a project's silence");
	ok(l.value[LIMIT_OUTPUT] == 256, "what all may print");
	is(l.raise[LIMIT_OUTPUT],
	    "the server's operator can raise build-output-max in slipway.conf",
	    "by its name there");
	c.build_output = "8";
	limits_set(&l, &c, &conf);
	ok(l.value[LIMIT_OUTPUT] == 8, "or a project");
	return done();
}

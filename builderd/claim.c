/*
 * claim -- rows of PostgreSQL as a struct claim.
 */
#include <stddef.h>

#include "builderd.h"

#define AT(m) offsetof(struct claim, m)

/* clang-format off */
static const struct column {
	const char *name;
	size_t at;
} columns[] = {
	{ "id",			AT(id) },
	{ "fence",		AT(fence) },
	{ "attempt",		AT(attempt) },
	{ "project_id",		AT(project) },
	{ "team_id",		AT(team) },
	{ "slug",		AT(slug) },
	{ "target",		AT(target) },
	{ "source",		AT(source) },
	{ "repo",		AT(repo) },
	{ "ref",		AT(ref) },
	{ "ref_kind",		AT(ref_kind) },
	{ "commit_sha",		AT(commit) },
	{ "upload_id",		AT(upload) },
	{ "branch_label",	AT(branch_label) },
	{ "previous",		AT(previous) },
	{ "root_dir",		AT(root_dir) },
	{ "framework",		AT(framework) },
	{ "install_command",	AT(install_command) },
	{ "build_command",	AT(build_command) },
	{ "output_dir",		AT(output_dir) },
	{ "node_version",	AT(node_version) },
	{ "spa",		AT(spa) },
	{ "ignore_command",	AT(ignore_command) },
	{ "network",		AT(network) },
	{ "submodules",		AT(submodules) },
	{ "lfs",		AT(lfs) },
	{ "build_memory",	AT(build_memory) },
	{ "build_cpus",		AT(build_cpus) },
	{ "build_disk",		AT(build_disk) },
	{ "build_timeout",	AT(build_timeout) },
	{ "build_pids",		AT(build_pids) },
	{ "build_inodes",	AT(build_inodes) },
	{ "build_silence",	AT(build_silence) },
	{ "build_output",	AT(build_output) },
	{ "team_memory",	AT(team_memory) },
	{ "team_cpus",		AT(team_cpus) },
	{ "team_disk",		AT(team_disk) },
	{ "team_timeout",	AT(team_timeout) },
	{ "team_pids",		AT(team_pids) },
	{ "team_inodes",	AT(team_inodes) },
	{ "team_silence",	AT(team_silence) },
	{ "team_output",	AT(team_output) },
};
/* clang-format on */

void
claim_fill(struct claim *c, const PGresult *res)
{
	size_t i;
	int n;

	for (i = 0; i < NITEMS(columns); i++)
		if ((n = PQfnumber(res, columns[i].name)) != -1)
			*(const char **)((char *)c + columns[i].at) =
			    PQgetvalue(res, 0, n);
}

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "addr.h"
#include "conf.h"
#include "hosts.h"
#include "log.h"

enum type { STRING, NUMBER, NETS, ADDRESS, HOSTS };

#define AT(member) offsetof(struct conf, member)

/*
 * slipway.conf(5) lists the same keys; tests/style/conf.t compares them.  A
 * STRING with choices takes one of those, divided by '|'.
 */
/* clang-format off */
static const struct key {
	const char *name;
	enum type type;
	size_t at;
	const char *preset;
	long min, max;
	const char *choices;
} keys[] = {
	{ "base-domain",	STRING, AT(base_domain),	"localhost", 0, 0, NULL },
	{ "site-scheme",	STRING, AT(site_scheme),	"https", 0, 0, "http|https" },
	{ "site-port",		NUMBER, AT(site_port),		"0", 0, 65535, NULL },
	{ "api-url",		STRING, AT(api_url),		"https://localhost", 0, 0, NULL },

	{ "state-dir",		STRING, AT(state_dir),		LOCALSTATEDIR "/lib/slipway", 0, 0, NULL },
	{ "database",		STRING, AT(database),		"dbname=slipway", 0, 0, NULL },
	{ "build-database",	STRING, AT(build_database),	"", 0, 0, NULL },
	{ "redis",		STRING, AT(redis),		"/run/redis/redis-server.sock", 0, 0, NULL },

	{ "token-keys",		STRING, AT(token_keys),		SYSCONFDIR "/slipway/token.keys", 0, 0, NULL },
	{ "seal-public",	STRING, AT(seal_public),	SYSCONFDIR "/slipway/seal.pub", 0, 0, NULL },
	{ "seal-private",	STRING, AT(seal_private),	SYSCONFDIR "/slipway/seal.key", 0, 0, NULL },

	{ "api-socket",		STRING, AT(api_socket),		RUNSTATEDIR "/slipway/api.sock", 0, 0, NULL },
	{ "api-user",		STRING, AT(api_user),		"slipway_api", 0, 0, NULL },
	{ "api-workers",	NUMBER, AT(api_workers),	"4", 1, 256, NULL },
	{ "signup",		STRING, AT(signup),		"closed", 0, 0, "open|closed" },
	{ "token-minutes",	NUMBER, AT(token_minutes),	"15", 1, 1440, NULL },
	{ "session-days",	NUMBER, AT(session_days),	"30", 1, 365, NULL },
	{ "session-idle-days",	NUMBER, AT(session_idle_days),	"7", 1, 365, NULL },
	{ "argon2-memory",	NUMBER, AT(argon2_memory),	"65536", 19456, 4194304, NULL },
	{ "argon2-passes",	NUMBER, AT(argon2_passes),	"3", 2, 64, NULL },
	{ "argon2-at-once",	NUMBER, AT(argon2_at_once),	"2", 1, 64, NULL },
	{ "downloads-at-once",	NUMBER, AT(downloads_at_once),	"8", 1, 256, NULL },
	{ "login-rate",		NUMBER, AT(login_rate),		"5", 1, 1000000, NULL },
	{ "signup-rate",	NUMBER, AT(signup_rate),	"5", 1, 1000000, NULL },
	{ "deploy-rate",	NUMBER, AT(deploy_rate),	"60", 1, 1000000, NULL },
	{ "team-projects",	NUMBER, AT(team_projects),	"500", 1, 1000000, NULL },

	{ "serve-socket",	STRING, AT(serve_socket),	RUNSTATEDIR "/slipway/serve.sock", 0, 0, NULL },
	{ "serve-user",		STRING, AT(serve_user),		"slipway_serve", 0, 0, NULL },
	{ "serve-workers",	NUMBER, AT(serve_workers),	"4", 1, 256, NULL },
	{ "sendfile",		STRING, AT(sendfile),		"accel", 0, 0, "accel|xsendfile" },
	{ "inline-max",		NUMBER, AT(inline_max),		"262144", 0, 16777216, NULL },
	{ "proxy-allow",	NETS, AT(proxy_allow),		"", 0, 0, NULL },

	{ "web-group",		STRING, AT(web_group),		"www-data", 0, 0, NULL },

	{ "queue-user",		STRING, AT(queue_user),		"slipway_queue", 0, 0, NULL },
	{ "build-user",		STRING, AT(build_user),		"slipway_build", 0, 0, NULL },
	{ "build-slots",	NUMBER, AT(build_slots),	"2", 1, 64, NULL },
	{ "build-image",	STRING, AT(build_image),	"default", 0, 0, NULL },
	{ "build-runtime",	STRING, AT(build_runtime),	"crun", 0, 0, "crun|runsc" },
	{ "build-uid-base",	NUMBER, AT(build_uid_base),	"1000000000", 65536, 2000000000, NULL },
	{ "build-memory",	NUMBER, AT(build_memory),	"2048", 64, 1048576, NULL },
	{ "build-memory-max",	NUMBER, AT(build_memory_max),	"0", 0, 1048576, NULL },
	{ "build-cpus",		NUMBER, AT(build_cpus),		"200", 10, 25600, NULL },
	{ "build-cpus-max",	NUMBER, AT(build_cpus_max),	"0", 0, 25600, NULL },
	{ "build-pids",		NUMBER, AT(build_pids),		"512", 32, 32768, NULL },
	{ "build-pids-max",	NUMBER, AT(build_pids_max),	"0", 0, 32768, NULL },
	{ "build-disk",		NUMBER, AT(build_disk),		"8192", 64, 1048576, NULL },
	{ "build-disk-max",	NUMBER, AT(build_disk_max),	"0", 0, 1048576, NULL },
	{ "build-inodes",	NUMBER, AT(build_inodes),	"1000000", 1000, 100000000, NULL },
	{ "build-inodes-max",	NUMBER, AT(build_inodes_max),	"0", 0, 100000000, NULL },
	{ "build-write-rate",	NUMBER, AT(build_write_rate),	"100", 0, 100000, NULL },
	{ "build-priority",	STRING, AT(build_priority),	"idle", 0, 0, "idle|low" },
	{ "build-timeout",	NUMBER, AT(build_timeout),	"1800", 1, 86400, NULL },
	{ "build-silence",	NUMBER, AT(build_silence),	"600", 1, 86400, NULL },
	{ "build-log-max",	NUMBER, AT(build_log_max),	"100000", 100, 10000000, NULL },
	{ "build-log-rate",	NUMBER, AT(build_log_rate),	"2000", 10, 1000000, NULL },
	{ "build-output-max",	NUMBER, AT(build_output_max),	"256", 1, 1048576, NULL },
	{ "log-days",		NUMBER, AT(log_days),		"30", 1, 36500, NULL },
	{ "log-lines",		NUMBER, AT(log_lines),		"20000000", 0, 2000000000, NULL },
	{ "keep-deployments",	NUMBER, AT(keep_deployments),	"50", 1, 1000000, NULL },
	{ "keep-days",		NUMBER, AT(keep_days),		"30", 0, 36500, NULL },
	{ "cache-bytes",	NUMBER, AT(cache_bytes),	"20480", 0, 1073741824, NULL },
	{ "cache-project-bytes", NUMBER, AT(cache_project_bytes), "4096", 0, 1073741824, NULL },
	{ "download-bytes",	NUMBER, AT(download_bytes),	"5120", 0, 1073741824, NULL },
	{ "mirror-bytes",	NUMBER, AT(mirror_bytes),	"10240", 0, 1073741824, NULL },
	{ "disk-reserve",	NUMBER, AT(disk_reserve),	"5120", 0, 1073741824, NULL },
	{ "output-files",	NUMBER, AT(output_files),	"25000", 1, 1000000, NULL },
	{ "output-bytes",	NUMBER, AT(output_bytes),	"1024", 1, 1048576, NULL },
	{ "output-file-size",	NUMBER, AT(output_file_size),	"256", 1, 1048576, NULL },
	{ "build-ca-file",	STRING, AT(build_ca_file),	"/etc/ssl/certs/ca-certificates.crt", 0, 0, NULL },
	{ "build-registries",	HOSTS, AT(build_registries),	"", 0, 0, NULL },
	{ "build-network-max",	NUMBER, AT(build_network_max),	"10240", 1, 16777216, NULL },
	{ "net-allow",		NETS, AT(net_allow),		"", 0, 0, NULL },
	{ "resolver",		ADDRESS, AT(resolver),		"", 0, 0, NULL },
	{ "libexec-dir",	STRING, AT(libexec_dir),	LIBEXECDIR "/slipway", 0, 0, NULL },

	{ "upload-files",	NUMBER, AT(upload_files),	"25000", 1, 100000, NULL },
	{ "upload-bytes",	NUMBER, AT(upload_bytes),	"1024", 1, 1048576, NULL },
	{ "upload-file-size",	NUMBER, AT(upload_file_size),	"100", 1, 1048576, NULL },

	{ "log-format",		STRING, AT(log_format),		"text", 0, 0, "text|json" },
};
/* clang-format on */

/* Is value one of "a|b|c"? */
static int
chosen(const char *choices, const char *value)
{
	size_t n = strlen(value);

	if (strchr(value, '|') != NULL)
		return 0;
	for (; choices != NULL; choices = strchr(choices, '|')) {
		choices += *choices == '|';
		if (strncmp(choices, value, n) == 0 &&
		    (choices[n] == '\0' || choices[n] == '|'))
			return 1;
	}
	return 0;
}

/* NULL, or what is wrong with the value. */
static const char *
set(struct conf *c, struct arena *a, const struct key *k, const char *value)
{
	void *p = (char *)c + k->at;
	char *end, bad[HOSTS_NAME];
	struct addr_list nets;
	const char *why;
	union addr addr;
	long n;

	if (k->type == NETS &&
	    (why = addr_list_parse(&nets, value, bad)) != NULL)
		return arena_printf(a, "has \"%s\", which %s", bad, why);
	if (k->type == HOSTS && (why = hosts_check(value, bad)) != NULL)
		return arena_printf(a, "has \"%s\", which %s", bad, why);
	if (k->type == ADDRESS && *value != '\0' &&
	    addr_parse(&addr, value, 53) != RC_OK)
		return "must be an address, with or without a port";
	if (k->type != NUMBER) {
		if (k->choices != NULL && !chosen(k->choices, value))
			return arena_printf(a, "must be one of %s", k->choices);
		*(const char **)p = arena_strndup(a, value, strlen(value));
		return NULL;
	}
	errno = 0;
	n = strtol(value, &end, 10);
	if (end == value || *end != '\0' || errno != 0 || n < k->min ||
	    n > k->max)
		return arena_printf(a, "must be a number from %ld to %ld",
		    k->min, k->max);
	*(int *)p = (int)n;
	return NULL;
}

static const struct key *
find(const char *name)
{
	size_t i;

	for (i = 0; i < NITEMS(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

enum rc
conf_load(struct conf *c, struct arena *a, const char *path)
{
	char *line = NULL, *name, *value;
	const char *why;
	unsigned char seen[NITEMS(keys)] = { 0 };
	const struct key *k;
	enum rc rc = RC_OK;
	size_t i, size = 0;
	int lineno = 0;
	ssize_t n;
	FILE *f;

	for (i = 0; i < NITEMS(keys); i++)
		if ((why = set(c, a, &keys[i], keys[i].preset)) != NULL)
			fatalx("preset of %s %s", keys[i].name, why);

	if ((f = fopen(path, "re")) == NULL) {
		log_warn("%s", path);
		return RC_NOT_FOUND;
	}
	while (rc == RC_OK && (n = getline(&line, &size, f)) != -1) {
		lineno++;
		while (n > 0 && isspace((unsigned char)line[n - 1]))
			line[--n] = '\0';
		name = line + strspn(line, " \t");
		if (*name == '\0' || *name == '#')
			continue;
		value = name + strcspn(name, " \t");
		if (*value != '\0')
			*value++ = '\0';
		value += strspn(value, " \t");

		if ((k = find(name)) == NULL)
			why = "is not a setting";
		else if (seen[k - keys]++)
			why = "is set twice";
		else
			why = set(c, a, k, value);
		if (why != NULL) {
			log_warnx("%s:%d: %s %s", path, lineno, name, why);
			rc = RC_INVALID;
		}
	}
	free(line);
	fclose(f);
	return rc;
}

void
conf_print(const struct conf *c)
{
	size_t i;

	for (i = 0; i < NITEMS(keys); i++) {
		const void *p = (const char *)c + keys[i].at;

		if (keys[i].type != NUMBER)
			printf("%s %s\n", keys[i].name, *(char *const *)p);
		else
			printf("%s %d\n", keys[i].name, *(const int *)p);
	}
}

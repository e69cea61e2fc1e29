/*
 * conf -- slipway.conf(5), read once at start by every program of the suite.
 *
 * A line is "key value", or a comment if it starts with '#'.  An unknown key, a
 * bad value or a key given twice stops the program: it is better not to start
 * than to start as something else.  To change a setting, change the file and
 * send SIGHUP.
 *
 * Secrets are paths to files of their own (key.h), never values.
 */
#ifndef CONF_H
#define CONF_H

#include "arena.h"

#define CONF_FILE SYSCONFDIR "/slipway/slipway.conf"

/* Where the programs find one another, and what they may use. */
struct conf {
	/* names */
	const char *base_domain; /* sites are <project>.<base_domain> */
	const char *site_scheme; /* "http" or "https" */
	int site_port;           /* 0: the scheme's own */
	const char *api_url;     /* what users call, without "/api" */

	/* places */
	const char *state_dir;
	const char *database;       /* conninfo; each program adds its user */
	const char *build_database; /* a build's; empty: the same */
	const char *redis;          /* path of a UNIX socket */

	/* secrets: paths */
	const char *token_keys;
	const char *seal_public;
	const char *seal_private;

	/* fcgi-api */
	const char *api_socket;
	const char *api_user;
	int api_workers;
	const char *signup; /* "open" or "closed" */
	int token_minutes;
	int session_days;
	int session_idle_days;
	int argon2_memory; /* KiB */
	int argon2_passes;
	int argon2_at_once;
	int downloads_at_once;
	int login_rate;  /* a minute, for one account from one address */
	int signup_rate; /* an hour, from one address */
	int deploy_rate; /* an hour, for one project */
	int team_projects;

	/* fcgi-serve */
	const char *serve_socket;
	const char *serve_user;
	int serve_workers;
	const char *sendfile; /* "accel" or "xsendfile" */
	int inline_max;       /* larger bodies go by sendfile; bytes */
	const char *proxy_allow;

	/* the front server: group that may connect to the sockets */
	const char *web_group;

	/* builderd */
	const char *queue_user;
	const char *build_user;
	int build_slots;
	const char *build_image;
	const char *build_runtime; /* in /usr/bin */
	const char *build_priority;
	int build_uid_base;
	int build_memory; /* MiB */
	int build_cpus;   /* percent of one */
	int build_pids;
	int build_disk; /* MiB */
	/* What an operator may give a team; below the above it is that. */
	int build_memory_max, build_cpus_max, build_disk_max;
	int build_pids_max, build_inodes_max;
	int build_inodes;
	int build_write_rate; /* MiB a second, of all builds */
	int build_timeout;    /* seconds, the build step */
	int build_silence;    /* seconds without a line */
	int build_log_max;    /* lines */
	int build_log_rate;   /* lines a second */
	int build_output_max; /* MiB that it may print */
	int log_days;
	int log_lines;        /* of all builds; 0: no limit */
	int keep_deployments; /* of each target of a project */
	int keep_days;
	int cache_bytes;         /* MiB; of all projects */
	int cache_project_bytes; /* MiB; of each */
	int download_bytes;      /* MiB */
	int mirror_bytes;        /* MiB */
	int disk_reserve;        /* MiB that must be free for a build */
	int output_files;
	int output_bytes;     /* MiB */
	int output_file_size; /* MiB */
	const char *build_ca_file;
	const char *build_registries; /* hosts.h; "": as the project says */
	int build_network_max;        /* MiB, both ways */
	const char *net_allow;        /* "address/bits[:port] ..." */
	const char *resolver;         /* "": as /etc/resolv.conf says */
	const char *libexec_dir;

	/* uploads */
	int upload_files;
	int upload_bytes;     /* MiB */
	int upload_file_size; /* MiB */

	/* all */
	const char *log_format; /* "text" or "json" */
};

enum rc conf_load(struct conf *, struct arena *, const char *path) MUST_CHECK;
void conf_print(const struct conf *); /* as a file that reads back the same */

#endif

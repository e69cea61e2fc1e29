#include <sys/prctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "builderd.h"
#include "disk.h"
#include "log.h"
#include "priv.h"
#include "room.h"

#define AGAIN 60000 /* ms until it is said and tried again */

static int ask = -1; /* the collector reads the other end */

static void
collect(const struct conf *conf)
{
	struct disk_count count[DISK__KINDS];
	struct disk_rules rules = { .want = 0 };
	struct disk_space space;
	char text[16];
	enum disk_kind k;

	disk_short(conf, &space);
	rules.want = space.want;
	if (disk_collect(conf, &rules, count) != RC_OK)
		log_warnx("something could not be removed");
	for (k = 0; k < DISK__KINDS; k++)
		if (count[k].files > 0)
			log_info("%s: %zu files removed, %s", disk_name(k),
			    count[k].files, disk_text(count[k].bytes, text));
}

/* Until builderd is gone.  Many questions are one. */
static void __attribute__((noreturn)) serve(const struct conf *conf, int fd)
{
	struct conf own = *conf;
	char buf[256];

	log_open("builderd-collector", 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("collector");
	if (chroot(own.state_dir) == -1 || chdir("/") == -1)
		fatal("%s", own.state_dir);
	own.state_dir = "/";
	while (read(fd, buf, sizeof(buf)) > 0)
		collect(&own);
	_exit(0);
}

/* Builds read in it by name, and cannot list it (downloads.h). */
static enum rc
make_downloads(const struct conf *conf)
{
	char path[PATH_MAX];
	uid_t uid;
	gid_t gid;
	int fd, bad;

	snprintf(path, sizeof(path), "%s/downloads", conf->state_dir);
	if (priv_user(conf->build_user, &uid, &gid) != RC_OK)
		return RC_FAIL;
	fd = mkdir(path, 0711) == -1 && errno != EEXIST ?
	    -1 :
	    open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bad = fd == -1 || fchown(fd, uid, gid) == -1 || fchmod(fd, 0711) == -1;
	if (bad)
		log_warn("%s", path);
	if (fd != -1)
		close(fd);
	return bad ? RC_FAIL : RC_OK;
}

enum rc
room_start(const struct conf *conf)
{
	int p[2];

	if (make_downloads(conf) != RC_OK)
		return RC_FAIL;
	if (pipe2(p, O_CLOEXEC) == -1)
		return RC_FAIL;
	switch (fork()) {
	case -1:
		return RC_FAIL;
	case 0:
		close(p[1]);
		serve(conf, p[0]);
	default:
		break;
	}
	close(p[0]);
	ask = p[1];
	return fcntl(ask, F_SETFL, O_NONBLOCK) == -1 ? RC_FAIL : RC_OK;
}

void
room_collect(void)
{
	/* A pipe that is full has been asked already. */
	(void)!write(ask, "", 1);
}

int
room_for_build(const struct conf *conf)
{
	static uint64_t next; /* 0: there was room */
	struct disk_space s;
	char have[16], all[16], want[16];

	if (!disk_short(conf, &s)) {
		if (next != 0)
			log_info("there is room on the disk again");
		next = 0;
		return 1;
	}
	if (clock_ms() < next)
		return 0;
	next = clock_ms() + AGAIN;
	if (s.want > 0)
		log_warnx("the disk is full: %s free of %s in %s, and builds "
			  "wait until it is %s; free some, or lower "
			  "disk-reserve",
		    disk_text(s.free, have), disk_text(s.size, all),
		    conf->state_dir,
		    disk_text((uint64_t)conf->disk_reserve << 20, want));
	else
		log_warnx("the disk is full: room for %llu more files in %s, "
			  "and builds wait until there is more",
		    (unsigned long long)s.inodes, conf->state_dir);
	room_collect();
	return 0;
}

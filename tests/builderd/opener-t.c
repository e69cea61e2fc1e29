/*
 * builderd/opener: a build gets its own project's secrets open, whatever it
 * asks, and the process that opens them shows itself to nobody.  SEC-66
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "builderd/cage/cage-msg.h"
#include "builderd/opener.h"
#include "log.h"
#include "seal.h"
#include "tap.h"

#define OURS   "prj_aaaaaaaaaaaa"
#define THEIRS "prj_bbbbbbbbbbbb"

static struct arena *a;
static struct keys public_ = { .n = 1, .k = { { .id = "k1" } } };
static int sock;

static enum rc
try(const char *project, const char *as, const char *name, const char *value)
{
	const struct seal_place at = { project, "production", "NAME" };
	const char *got = NULL;
	unsigned char *box;
	size_t n;
	enum rc rc;

	if (seal_close(a, &public_, &at, value, &box, &n) != RC_OK)
		return RC_FAIL;
	rc = opener_open(sock, a, as, name, box, n, &got);
	return rc == RC_OK && strcmp(got, value) != 0 ? RC_FAIL : rc;
}

/* The child of this process. */
static int
child(void)
{
	char path[64], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	if (read(fd, text, sizeof(text) - 1) <= 0)
		text[0] = '\0';
	close(fd);
	return atoi(text);
}

static void
secrecy(void)
{
	char path[64], line[256];
	struct stat st;
	int locked = 0, cores = 0, filtered = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", child());
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		locked |= strncmp(line, "VmLck:", 6) == 0 && atoi(line + 6) > 0;
		filtered |= strncmp(line, "Seccomp:\t2", 10) == 0;
	}
	fclose(f);
#ifdef SANITIZE
	locked = filtered = 1; /* neither is possible there */
#endif
	ok(locked, "its memory is locked");
	ok(filtered, "its system calls are few");
	snprintf(path, sizeof(path), "/proc/%d/limits", child());
	if ((f = fopen(path, "re")) != NULL) {
		while (fgets(line, sizeof(line), f) != NULL)
			cores |= strncmp(line, "Max core file size        0 ",
				     28) == 0;
		fclose(f);
	}
	ok(cores, "it leaves no core");
	snprintf(path, sizeof(path), "/proc/%d/mem", child());
	ok(stat(path, &st) == 0 && st.st_uid == 0,
	    "not even its own user looks into it");
}

static void
bad_messages(struct opener *o)
{
	struct opener_ask ask = { .size = 5, .target = "x", .name = "y" };
	char buf[sizeof(ask) + 4] = "";
	size_t nfds = 0;
	int fd;

	memcpy(buf, &ask, sizeof(ask));
	if (opener_socket(o, OURS, &fd) != RC_OK)
		return;
	ok(cage_send(fd, buf, sizeof(buf), NULL, 0) == RC_OK &&
		cage_recv(fd, buf, sizeof(buf), NULL, &nfds) <= 0,
	    "a message that is not whole ends it");
	close(fd);
	ok(opener_socket(o, "prj_..", &fd) == RC_OK &&
		cage_recv(fd, buf, sizeof(buf), NULL, &nfds) <= 0,
	    "what is no project gets no line");
	close(fd);
	ok(try(OURS, "production", "NAME", "x") == RC_OK,
	    "others are not disturbed");
}

int
main(void)
{
	unsigned char secret[KEY_SIZE];
	char dir[] = "/tmp/slipway-opener-XXXXXX", path[64], hex[65];
	struct conf conf = { .build_user = "64203" };
	char *large = malloc(60001);
	struct opener *o;
	FILE *f;
	int i, ours;
	enum rc rc;

	log_open("opener-t", 0);
	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	if (sodium_init() < 0 || mkdtemp(dir) == NULL)
		return 1;
	a = arena_new();
	randombytes_buf(secret, sizeof(secret));
	seal_public(secret, public_.k[0].key);
	sodium_bin2hex(hex, sizeof(hex), secret, sizeof(secret));
	snprintf(path, sizeof(path), "%s/seal", dir);
	if ((f = fopen(path, "we")) == NULL)
		return 1;
	fprintf(f, "k1 %s\n", hex);
	fclose(f);
	conf.seal_private = path;
	ok(opener_start(&o, &conf) != RC_OK, "not with a key others can read");
	wait(NULL);
	chmod(path, 0400);
	if (opener_start(&o, &conf) != RC_OK)
		return 1;
	if (opener_socket(o, OURS, &sock) != RC_OK)
		return 1;
	ok(try(OURS, "production", "NAME", "canary") == RC_OK, "one's own");
	ok(try(OURS, "production", "NAME", "") == RC_OK, "an empty one");
	memset(large, 'x', 60000);
	large[60000] = '\0';
	ok(try(OURS, "production", "NAME", large) == RC_OK, "a large one");
	ok(try(THEIRS, "production", "NAME", "canary") == RC_INVALID,
	    "not another project's");
	ok(try(OURS, "preview", "NAME", "canary") == RC_INVALID,
	    "not as another target's");
	ok(try(OURS, "production", "OTHER", "canary") == RC_INVALID,
	    "nor under another name");
	ours = sock;
	for (i = 0, rc = RC_OK; i < 300 && rc == RC_OK; i++) {
		if ((rc = opener_socket(o, THEIRS, &sock)) != RC_OK)
			break;
		rc = try(THEIRS, "production", "NAME", "x");
		close(sock);
	}
	sock = ours;
	ok(rc == RC_OK && try(OURS, "production", "NAME", "x") == RC_OK,
	    "any number of builds, one after the other");
	bad_messages(o);
	secrecy();
	close(sock);
	close(opener_fd(o));
	unlink(path);
	rmdir(dir);
	free(large);
	arena_free(a);
	return done();
}

/*
 * floor -- the least that takes requests from libfcgi: every one is answered
 * by the same file, which is read once.
 *
 *	floor SOCKET FILE WORKERS
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[65536];
static int len;

static void
work(int fd)
{
	FCGX_Request r;

	if (FCGX_InitRequest(&r, fd, 0) != 0)
		errx(1, "cannot set up a request");
	while (FCGX_Accept_r(&r) == 0) {
		FCGX_PutStr(text, len, r.out);
		FCGX_Finish_r(&r);
	}
}

static void
read_file(const char *path)
{
	char body[32768];
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		err(1, "%s", path);
	n = fread(body, 1, sizeof(body), f);
	fclose(f);
	len = snprintf(text, sizeof(text) - n,
	    "Content-Type: text/html; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n"
	    "ETag: \"0123456789abcdef0123456789abcdef\"\r\n"
	    "Cache-Control: public, max-age=0, must-revalidate\r\n\r\n",
	    n);
	memcpy(text + len, body, n);
	len += (int)n;
}

int
main(int argc, char *argv[])
{
	int fd, i;

	if (argc != 4)
		errx(2, "usage: floor SOCKET FILE WORKERS");
	read_file(argv[2]);
	if (FCGX_Init() != 0 || (fd = FCGX_OpenSocket(argv[1], 1024)) == -1)
		errx(1, "%s", argv[1]);
	for (i = 1; i < atoi(argv[3]); i++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			break;
		}
	work(fd);
	return 0;
}

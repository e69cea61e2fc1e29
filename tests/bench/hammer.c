/*
 * hammer -- how long until a promotion is seen, by a client that never stops
 * asking.
 *
 *	hammer PORT HOST TOKEN SWITCHES A B
 *
 * A and B are deployments whose "/" is a body of nothing but 'A' or 'B'.  One
 * connection asks HOST for it again and again, while another promotes the one
 * that is not shown.  Prints one line: p50, p99 and longest milliseconds from
 * the promotion's request to the first new answer, then how many answers there
 * were, how many failed, and how many were mixed: both letters in one body, or
 * the old one again after the new.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX 65536
#define GIVE_UP    10000 /* ms */

static int port;
static long answers, failed, mixed;

static double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int
dial(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_port = htons((unsigned short)port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	return fd;
}

/* One request; the status, and where the body is in buf.  -1: cut off. */
static int
ask(int fd, const char *request, char buf[], char **body)
{
	size_t n = 0, want = 0;
	const char *p;
	ssize_t r;

	if (write(fd, request, strlen(request)) != (ssize_t)strlen(request))
		return -1;
	*body = NULL;
	for (;;) {
		if (n >= ANSWER_MAX - 1 ||
		    (r = read(fd, buf + n, ANSWER_MAX - 1 - n)) <= 0)
			return -1;
		n += (size_t)r;
		buf[n] = '\0';
		if (*body == NULL &&
		    (*body = strstr(buf, "\r\n\r\n")) != NULL) {
			*body += 4;
			p = strcasestr(buf, "\r\nContent-Length:");
			if (p == NULL || p > *body)
				return -1;
			want = strtoul(p + 17, NULL, 10);
		}
		if (*body != NULL && n - (size_t)(*body - buf) >= want)
			return atoi(buf + 9);
	}
}

/* 'A', 'B' or 0. */
static int
look(int *fd, const char *request)
{
	static char buf[ANSWER_MAX];
	char *body;

	int status;

	answers++;
	status = ask(*fd, request, buf, &body);
	/* A server ends a connection now and then, and says so. */
	if (status != 200 ||
	    strcasestr(buf, "\r\nConnection: close\r\n") != NULL) {
		close(*fd);
		*fd = dial();
	}
	if (status != 200) {
		failed++;
		return 0;
	}
	if (strspn(body, "AB") == 0 ||
	    body[strspn(body, (char[]){ body[0], 0 })] != '\0') {
		mixed++;
		return 0;
	}
	return body[0];
}

static void
promote(const char *token, const char *deployment)
{
	static char buf[ANSWER_MAX];
	char request[2048], *body;
	int status;

	snprintf(request, sizeof(request),
	    "POST /api/deployments/%s/promote HTTP/1.1\r\n"
	    "Host: localhost\r\nAuthorization: Bearer %s\r\n"
	    "Content-Length: 0\r\nConnection: close\r\n\r\n",
	    deployment, token);
	status = ask(dial(), request, buf, &body);
	if (status != 200)
		errx(1, "promote %s: %d", deployment, status);
}

static int
by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char *argv[])
{
	char request[512];
	double *took, start;
	int c, fd, i, n, next, status;

	if (argc != 7)
		errx(2, "see the head of hammer.c");
	port = atoi(argv[1]);
	n = atoi(argv[4]);
	took = calloc((size_t)n, sizeof(*took));
	snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n",
	    argv[2]);
	fd = dial();
	next = look(&fd, request) == 'A' ? 'B' : 'A';
	for (i = 0; i < n; i++, next = next == 'A' ? 'B' : 'A') {
		start = now_ms();
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			promote(argv[3], argv[next == 'A' ? 5 : 6]);
			_exit(0);
		}
		while ((c = look(&fd, request)) != next)
			if (now_ms() - start > GIVE_UP)
				errx(1, "switch %d was never seen", i);
		took[i] = now_ms() - start;
		if (wait(&status) == -1 || status != 0)
			errx(1, "promotion failed");
		/* A while longer, so that the old would be noticed. */
		start = now_ms();
		while (now_ms() - start < 37 * (i % 31))
			if ((c = look(&fd, request)) != 0 && c != next)
				mixed++;
	}
	qsort(took, (size_t)n, sizeof(*took), by_size);
	printf("%.0f %.0f %.0f %ld %ld %ld\n", took[n / 2],
	    took[n * 99 / 100 - (n % 100 == 0)], took[n - 1], answers, failed,
	    mixed);
	return 0;
}

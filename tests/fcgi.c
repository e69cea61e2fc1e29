/*
 * fcgi -- one request over FastCGI, as the web server would send it.
 *
 *	fcgi -s socket [-b] [-H "Name: value"] [-p NAME=value] [-d body]
 *	    METHOD URI
 *
 * Prints the status alone on the first line, then the headers, an empty line
 * and the body; with -b the body only.  A body of "@file" is that file's, "-"
 * is standard input.  -p sets a parameter, and wins over what would be sent.
 * Leaves with 1 if there was no answer.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BEGIN  1
#define PARAMS 4
#define STDIN  5
#define STDOUT 6
#define CHUNK  32768

struct buf {
	char *p;
	size_t n;
};

static void
add(struct buf *b, const void *p, size_t n)
{
	if ((b->p = realloc(b->p, b->n + n + 1)) == NULL)
		err(2, NULL);
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

static void
add_size(struct buf *b, size_t n)
{
	unsigned char four[4] = { (unsigned char)(0x80 | n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n };

	add(b, n < 128 ? &four[3] : four, n < 128 ? 1 : 4);
}

/* Unless there is one of that name already: the first counts. */
static void
add_param(struct buf *b, char names[][128], int *nnames, const char *name,
    const char *value)
{
	int i;

	for (i = 0; i < *nnames; i++)
		if (strcmp(names[i], name) == 0)
			return;
	if (*nnames < 64)
		snprintf(names[(*nnames)++], 128, "%s", name);
	add_size(b, strlen(name));
	add_size(b, strlen(value));
	add(b, name, strlen(name));
	add(b, value, strlen(value));
}

static void
add_record(struct buf *b, int type, const char *p, size_t n)
{
	unsigned char head[8] = { 1, (unsigned char)type, 0, 1,
		(unsigned char)(n >> 8), (unsigned char)n, 0, 0 };

	add(b, head, 8);
	add(b, p, n);
}

/* A stream of records, and the empty one that ends it. */
static void
add_stream(struct buf *b, int type, const struct buf *in)
{
	size_t at, n;

	for (at = 0; at < in->n; at += n) {
		n = in->n - at < CHUNK ? in->n - at : CHUNK;
		add_record(b, type, in->p + at, n);
	}
	add_record(b, type, NULL, 0);
}

static void
add_file(struct buf *b, int fd)
{
	char part[65536];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0)
		add(b, part, (size_t)n);
	if (n == -1)
		err(2, "read");
}

static void
body_of(struct buf *b, const char *arg)
{
	int fd;

	if (strcmp(arg, "-") == 0)
		add_file(b, STDIN_FILENO);
	else if (*arg == '@') {
		if ((fd = open(arg + 1, O_RDONLY)) == -1)
			err(2, "%s", arg + 1);
		add_file(b, fd);
		close(fd);
	} else
		add(b, arg, strlen(arg));
}

/* "Content-Type: x" is CONTENT_TYPE, any other "A-B: x" is HTTP_A_B. */
static void
header(char *line, char name[128], const char **value)
{
	size_t i, n = strcspn(line, ":");
	const char *prefix = "HTTP_";

	*value = line + n + (line[n] == ':');
	*value += strspn(*value, " ");
	line[n] = '\0';
	for (i = 0; i < n; i++)
		line[i] = line[i] == '-' ?
		    '_' :
		    (char)toupper((unsigned char)line[i]);
	if (strcmp(line, "CONTENT_TYPE") == 0)
		prefix = "";
	snprintf(name, 128, "%s%s", prefix, line);
}

static int
dial(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(2, "%s: too long", path);
	strcpy(sun.sun_path, path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", path);
	return fd;
}

/* What the program wrote to its standard output, out of its records. */
static void
unwrap(struct buf *out, const struct buf *in)
{
	const unsigned char *p;
	size_t at, n;

	for (at = 0; at + 8 <= in->n; at += 8 + n + p[6]) {
		p = (const unsigned char *)in->p + at;
		n = (size_t)p[4] << 8 | p[5];
		if (at + 8 + n > in->n)
			break;
		if (p[1] == STDOUT)
			add(out, p + 8, n);
	}
}

static void
usage(void)
{
	fputs("usage: fcgi -s socket [-b] [-H header] [-p NAME=value] "
	      "[-d body] METHOD URI\n",
	    stderr);
	exit(2);
}

int
main(int argc, char *argv[])
{
	static const char begin[8] = { 0, 1, 0, 0, 0, 0, 0, 0 };
	char names[64][128], name[128], length[24], *end, *eq;
	struct buf params = { 0 }, body = { 0 }, all = { 0 }, raw = { 0 },
		   out = { 0 };
	const char *path = NULL, *value;
	int bare = 0, ch, fd, n = 0;
	size_t at;
	ssize_t w;

	while ((ch = getopt(argc, argv, "bd:H:p:s:")) != -1)
		switch (ch) {
		case 'b':
			bare = 1;
			break;
		case 'd':
			body_of(&body, optarg);
			break;
		case 'H':
			header(optarg, name, &value);
			add_param(&params, names, &n, name, value);
			break;
		case 'p':
			if ((eq = strchr(optarg, '=')) == NULL)
				usage();
			*eq = '\0';
			add_param(&params, names, &n, optarg, eq + 1);
			break;
		case 's':
			path = optarg;
			break;
		default:
			usage();
		}
	if (argc - optind != 2 || path == NULL)
		usage();

	snprintf(length, sizeof(length), "%zu", body.n);
	add_param(&params, names, &n, "REQUEST_METHOD", argv[optind]);
	add_param(&params, names, &n, "REQUEST_URI", argv[optind + 1]);
	add_param(&params, names, &n, "QUERY_STRING",
	    strchrnul(argv[optind + 1], '?') +
		(strchr(argv[optind + 1], '?') != NULL));
	add_param(&params, names, &n, "REMOTE_ADDR", "192.0.2.1");
	add_param(&params, names, &n, "SERVER_PROTOCOL", "HTTP/1.1");
	add_param(&params, names, &n, "HTTP_HOST", "localhost");
	if (body.n > 0) {
		add_param(&params, names, &n, "CONTENT_LENGTH", length);
		add_param(&params, names, &n, "CONTENT_TYPE",
		    "application/json");
	}
	add_record(&all, BEGIN, begin, sizeof(begin));
	add_stream(&all, PARAMS, &params);
	add_stream(&all, STDIN, &body);

	fd = dial(path);
	/* A program may answer, and hang up, before it has read all. */
	for (at = 0; at < all.n; at += (size_t)w)
		if ((w = send(fd, all.p + at, all.n - at, MSG_NOSIGNAL)) == -1)
			break;
	add(&raw, NULL, 0);
	add(&out, NULL, 0);
	add_file(&raw, fd);
	close(fd);
	unwrap(&out, &raw);

	if ((end = strstr(out.p, "\r\n\r\n")) == NULL)
		errx(1, "no answer");
	if (!bare) {
		if (strncmp(out.p, "Status: ", 8) == 0)
			printf("%.3s\n", out.p + 8);
		else
			printf("200\n");
		fwrite(out.p, 1, (size_t)(end + 4 - out.p), stdout);
	}
	fwrite(end + 4, 1, out.n - (size_t)(end + 4 - out.p), stdout);
	free(params.p);
	free(body.p);
	free(all.p);
	free(raw.p);
	free(out.p);
	return 0;
}

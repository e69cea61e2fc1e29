/*
 * redact -- how fast a log is made blind: "MB/s of redact(), of the journal, of
 * the search in published files", with so many variables.
 *
 *	redact values MiB
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "builderd/journal.h"
#include "builderd/redact.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned int
dice(void)
{
	static unsigned int x = 12345;

	x = x * 1103515245 + 12345;
	return x >> 8;
}

/* Lines as builds print them, of 20 to 150 bytes. */
static void
fill(char *p, size_t n)
{
	static const char *const words[] = { "added", "packages", "in", "dist/",
		"assets/index-", "transforming", "modules", "kB",
		"gzip:", "warning", "https://example.org/path", "node_modules/",
		".js", "rendering", "chunks", "(12.5%)",
		"src/components/Button.tsx" };
	size_t i = 0, k, line = 60;

	while (i < n) {
		const char *w = words[dice() % NITEMS(words)];

		for (k = 0; w[k] != '\0' && i < n; k++)
			p[i++] = w[k];
		if (i < n)
			p[i++] = line < 20 ? '\n' : ' ';
		line = line < 20 ? 20 + dice() % 130 : line < k ? 0 : line - k;
	}
}

static int
dropped(void *arg, const char *line)
{
	(void)arg;
	(void)line;
	return 1;
}

int
main(int argc, char *argv[])
{
	int values = argc > 1 ? atoi(argv[1]) : 20, i;
	size_t size = (size_t)(argc > 2 ? atoi(argv[2]) : 64) << 20, at, n, cut;
	struct arena *a = arena_new();
	struct redactor *r = redact_new(a);
	struct journal *j = journal_new(a, NULL, NULL, r);
	char value[40], *text = malloc(size + 1), *copy = malloc(size + 1);
	double t[4];

	if (text == NULL || copy == NULL)
		return 1;
	for (i = 0; i < values; i++) {
		snprintf(value, sizeof(value), "%08x-%08x/%08x", dice(), dice(),
		    dice());
		redact_add(r, "V", value);
	}
	fill(text, size);
	memcpy(copy, text, size);
	t[0] = now();
	for (at = 0; at < size; at += n + 1) {
		const char *nl = memchr(copy + at, '\n', size - at);

		n = nl != NULL ? (size_t)(nl - copy) - at : size - at;
		cut = n;
		(void)redact(r, copy + at, n, &cut);
	}
	t[1] = now();
	for (at = 0; at < size; at += 16384)
		journal_feed(j, STREAM_OUT, text + at,
		    size - at < 16384 ? size - at : 16384, dropped, NULL);
	t[2] = now();
	if (redact_find(r, text, size) != NULL)
		return 1;
	t[3] = now();
	for (i = 0; i < 3; i++)
		printf("%.0f ", (double)size / 1e6 / (t[i + 1] - t[i]));
	putchar('\n');
	return 0;
}

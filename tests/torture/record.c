#include <err.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "record.h"

#define LINE 4096

uint64_t
boot_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Opened each time: some of its writers close all they do not know. */
void
record(const char *fmt, ...)
{
	const char *path = getenv("TORTURE_HISTORY");
	char line[LINE];
	va_list ap;
	int fd, n;

	n = snprintf(line, sizeof(line), "%llu ",
	    (unsigned long long)boot_us());
	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
	va_end(ap);
	if (n > LINE - 2)
		n = LINE - 2;
	line[n++] = '\n';
	if (path == NULL ||
	    (fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)) == -1)
		err(1, "TORTURE_HISTORY");
	if (write(fd, line, (size_t)n) != n)
		err(1, "%s", path);
	close(fd);
}

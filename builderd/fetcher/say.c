/*
 * say -- what is for the log, and what is for builderd.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "builderd/fetch.h"
#include "fetcher.h"

#ifdef SANITIZE
/*
 * To look for leaks it would have to trace itself, and to leave no core to set
 * a limit, which no cage permits.  A size that a stranger made up is refused,
 * as it is without the sanitizer.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0:disable_coredump=0:allocator_may_return_null=1";
}
#endif

static char subject[512];

/* Bytes that could end a line or move a cursor do not come from here. */
static void
say(const char *head, const char *fmt, va_list ap)
{
	char text[2048], *p;

	vsnprintf(text, sizeof(text), fmt, ap);
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	printf("%s%s\n", head, text);
	fflush(stdout);
}

void
line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

static void PRINTF(1, 2) said(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(FETCH_SAYS, fmt, ap);
	va_end(ap);
}

void
tell(const char *name, const char *value)
{
	said("%s %s", name, value);
}

void
about(const char *fmt, ...)
{
	va_list ap;

	subject[0] = '\0';
	if (fmt == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(subject, sizeof(subject), fmt, ap);
	va_end(ap);
}

void
give_up(const char *code, const char *fmt, ...)
{
	char why[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	said("error %s %s%s%s", code, subject, *subject != '\0' ? ": " : "",
	    why);
	exit(1);
}

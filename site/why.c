#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "why.h"

void
why_say(struct why *w, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (w == NULL || w->n == WHY_STEPS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->step[w->n++] = arena_strndup(w->arena, text, strlen(text));
}

void
why_file(struct why *w, const char *path)
{
	if (w == NULL)
		return;
	w->path = path;
	why_say(w, "that is answered by %s", path);
}

void
why_rule(struct why *w, const struct spot *at)
{
	if (w == NULL)
		return;
	w->rule = *at;
}

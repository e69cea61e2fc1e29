#include <time.h>

#include "confine.h"
#include "log.h"

#ifdef SANITIZE
void
confine(const struct confine *c)
{
	(void)c;
}
#else
/* Where most is allowed, programs are run that may want their privileges. */
void
confine(const struct confine *c)
{
	scmp_filter_ctx f = seccomp_init(c->others);
	int bad = f == NULL ||
	    seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP,
		c->others != SCMP_ACT_ALLOW) != 0;
	size_t i;

	tzset(); /* reads a file, which whoever logs as JSON would do later */
	for (i = 0; !bad && i < c->ncalls; i++)
		bad = seccomp_rule_add(f, c->listed, c->calls[i], 0) != 0;
	for (i = 0; !bad && i < c->nsome; i++)
		bad = seccomp_rule_add_array(f, c->listed, c->some[i].call,
			  c->some[i].n, c->some[i].arg) != 0;
	if (bad || seccomp_load(f) != 0)
		fatalx("no system call filter");
	seccomp_release(f);
}
#endif

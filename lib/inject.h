/*
 * inject -- places at which tests make something go wrong.
 *
 * They are in the builderd of tests/torture alone, which is compiled with
 * INJECT; elsewhere nothing is left of them.  There inject() may end the
 * process, stop it for longer than a lease, delay it, or answer that the call
 * shall fail.
 */
#ifndef INJECT_H
#define INJECT_H

#ifdef INJECT
int inject(const char *place, const char *what, int may_fail);
void inject_begin(const char *fence); /* the process of a build is new */
#define INJECT_AT(place, what)   ((void)inject(place, what, 0))
#define INJECT_FAIL(place, what) (inject(place, what, 1))
#define INJECT_BEGIN(fence)      inject_begin(fence)
#else
#define INJECT_AT(place, what)   ((void)0)
#define INJECT_FAIL(place, what) 0
#define INJECT_BEGIN(fence)      ((void)0)
#endif

#endif

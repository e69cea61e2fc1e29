/*
 * term -- the terminal: colours, the progress line, questions.
 *
 * Colours only on a terminal, not with NO_COLOR and not when TERM is dumb.
 * The progress line is the last line of standard error and only there if that
 * is a terminal; everything that writes to it takes the line away first.
 */
#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "slipway.h"

#define SECRET_MAX 4096
#define REDRAW     100000000 /* nanoseconds */

static bool tty[3], colours;
static char status_line[256];
static bool shown;
static struct timespec since;
static unsigned spin;
static volatile sig_atomic_t broken, ever;

void
term_open(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
	int i;

	for (i = 0; i < 3; i++)
		tty[i] = isatty(i);
	colours = term != NULL && strcmp(term, "dumb") != 0 &&
	    (no == NULL || no[0] == '\0');
}

bool
term_is(FILE *f)
{
	int fd = fileno(f);

	return fd >= 0 && fd < 3 && tty[fd];
}

size_t
term_width(void)
{
	struct winsize w;

	return term_is(stdout) && ioctl(1, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

const char *
tint(FILE *f, enum tint t)
{
	static const char *const codes[] = {
		[TINT_NONE] = "\033[0m",
		[TINT_BOLD] = "\033[1m",
		[TINT_DIM] = "\033[2m",
		[TINT_RED] = "\033[31m",
		[TINT_GREEN] = "\033[32m",
		[TINT_YELLOW] = "\033[33m",
	};

	return colours && term_is(f) ? codes[t] : "";
}

void
tell(const char *fmt, ...)
{
	va_list ap;

	progress_end();
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* The one line that says why we fail; gives rc back. */
enum rc
complain(enum rc rc, const char *fmt, ...)
{
	va_list ap;

	progress_end();
	fflush(stdout);
	fprintf(stderr, "%sslipway:%s ", tint(stderr, TINT_RED),
	    tint(stderr, TINT_NONE));
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return rc;
}

static void
draw(void)
{
	static struct timespec last;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (shown && now.tv_sec == last.tv_sec &&
	    now.tv_nsec - last.tv_nsec < REDRAW)
		return;
	last = now;
	fprintf(stderr, "\r\033[K%s%c%s %s %s%lds%s", tint(stderr, TINT_GREEN),
	    "|/-\\"[spin++ % 4], tint(stderr, TINT_NONE), status_line,
	    tint(stderr, TINT_DIM), (long)(now.tv_sec - since.tv_sec),
	    tint(stderr, TINT_NONE));
	fflush(stderr);
	shown = true;
}

/* What runs now; the seconds beside it count from the first call. */
void
progress(const char *fmt, ...)
{
	va_list ap;

	if (!tty[2])
		return;
	va_start(ap, fmt);
	vsnprintf(status_line, 60, fmt, ap);
	va_end(ap);
	if (since.tv_sec == 0)
		clock_gettime(CLOCK_MONOTONIC, &since);
	draw();
}

void
progress_tick(void)
{
	if (tty[2] && status_line[0] != '\0')
		draw();
}

/* Takes the line away; the next tick brings it back. */
void
progress_end(void)
{
	if (!shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	shown = false;
}

/* What ran is over. */
void
progress_stop(void)
{
	progress_end();
	status_line[0] = '\0';
}

static void
on_interrupt(int sig)
{
	(void)sig;
	broken = ever = 1;
}

/* From here on Ctrl-C only sets a flag; a second one ends the program. */
void
catch_interrupts(void)
{
	struct sigaction sa = { .sa_handler = on_interrupt,
		.sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &sa, NULL);
}

bool
interrupted(void)
{
	return broken;
}

/* For what is still to be done after one. */
bool
interrupts_forget(void)
{
	broken = 0;
	return ever;
}

/* For a server that asks us to come back later. */
void
pause_for(long ms)
{
	long part;

	for (; ms > 0 && !broken; ms -= part) {
		part = ms < 120 ? ms : 120;
		poll(NULL, 0, (int)part);
		progress_tick();
	}
}

/* The answer or the preset; NULL at the end of input. */
char *
ask(struct cli *c, const char *question, const char *preset)
{
	char line[1024];

	progress_end();
	if (preset != NULL)
		fprintf(stderr, "%s [%s]: ", question, preset);
	else
		fprintf(stderr, "%s: ", question);
	fflush(stderr);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return NULL;
	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0' && preset != NULL)
		return arena_strndup(c->arena, preset, strlen(preset));
	return arena_strndup(c->arena, line, strlen(line));
}

bool
ask_yes(struct cli *c, const char *question)
{
	char *s;

	if (!tty[0] || !tty[2])
		return false;
	s = ask(c, question, "Y/n");
	return s != NULL && strchr("yY", s[0]) != NULL;
}

static enum rc
one_line(struct cli *c, FILE *f, char **out)
{
	char line[SECRET_MAX + 2];

	if (fgets(line, sizeof(line), f) == NULL || line[0] == '\n')
		return complain(RC_INVALID, "nothing was entered");
	if (strlen(line) > SECRET_MAX)
		return complain(RC_TOO_LARGE,
		    "that is longer than %d characters", SECRET_MAX);
	line[strcspn(line, "\r\n")] = '\0';
	*out = arena_strndup(c->arena, line, strlen(line));
	explicit_bzero(line, sizeof(line));
	return RC_OK;
}

/*
 * Without echo, from the terminal itself.  Ctrl-C ends the reading, not the
 * program, or it would leave a terminal without echo behind.
 */
enum rc
ask_secret(struct cli *c, const char *question, char **out)
{
	struct sigaction sa = { .sa_handler = on_interrupt }, before;
	FILE *f = fopen("/dev/tty", "r+e");
	struct termios was, quiet;
	enum rc rc;

	if (f == NULL || tcgetattr(fileno(f), &was) != 0) {
		if (f != NULL)
			fclose(f);
		return complain(RC_INVALID,
		    "no terminal to ask for it; give it on standard input "
		    "(see --help)");
	}
	sigaction(SIGINT, &sa, &before);
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fileno(f), TCSAFLUSH, &quiet);
	dprintf(fileno(f), "%s: ", question);
	rc = one_line(c, f, out);
	tcsetattr(fileno(f), TCSAFLUSH, &was);
	dprintf(fileno(f), "\n");
	fclose(f);
	sigaction(SIGINT, &before, NULL);
	return rc;
}

enum rc
read_secret(struct cli *c, char **out)
{
	return one_line(c, stdin, out);
}

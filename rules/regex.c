/*
 * Not with PCRE2's compiler to machine code: that counts no steps while it runs
 * along a text, so that a pattern can take many times as long as its limit
 * says; and it needs memory that is written and then executed, which no service
 * of ours may have.  The interpreter calls back before each item of a pattern,
 * and there the time is looked at.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "regex.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "jsre.h"
#include "log.h"
#include "stopwatch.h"

#define STEPS      50000 /* of one match */
#define DEPTH      50000
#define HEAP       1024   /* KiB */
#define CODE       32768  /* bytes of a compiled pattern */
#define NEST       64     /* of parentheses */
#define MATCH_NS   500000 /* of the processor, for one match */
#define LOOK_EVERY 16     /* items of a pattern */

struct regex {
	pcre2_code *code;
	size_t size;
	uint32_t groups;
};

/* One match at a time: what it needs is made once. */
static pcre2_match_context *context;
static pcre2_compile_context *compiling;
static pcre2_match_data *data;

static struct stopwatch watch;
static unsigned int calls;

static int
look(pcre2_callout_block *block, void *arg)
{
	(void)block;
	(void)arg;
	return ++calls % LOOK_EVERY == 0 && stopwatch_late(&watch) ?
	    PCRE2_ERROR_MATCHLIMIT :
	    0;
}

static void
prepare(void)
{
	if (data != NULL)
		return;
	context = pcre2_match_context_create(NULL);
	compiling = pcre2_compile_context_create(NULL);
	data = pcre2_match_data_create(REGEX_GROUPS_MAX + 1, NULL);
	if (context == NULL || compiling == NULL || data == NULL)
		fatalx("out of memory");
	pcre2_set_match_limit(context, STEPS);
	pcre2_set_depth_limit(context, DEPTH);
	pcre2_set_heap_limit(context, HEAP);
	pcre2_set_callout(context, look, NULL);
	pcre2_set_newline(compiling, PCRE2_NEWLINE_ANYCRLF);
	pcre2_set_parens_nest_limit(compiling, NEST);
}

static enum rc
refuse(struct arena *a, const char **why, int error, size_t at)
{
	char text[128];

	if (pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof(text)) <
	    0)
		strcpy(text, "it is no regular expression");
	*why = arena_printf(a, "%s, after %zu bytes", text, at);
	return RC_INVALID;
}

void
regex_escape(FILE *f, const char *s)
{
	for (; *s != '\0'; s++)
		fprintf(f, strchr(".+*?^$()[]{}|\\", *s) ? "\\%c" : "%c", *s);
}

enum rc
regex_new(struct regex **out, const char *text, size_t n, unsigned int flags,
    struct arena *a, const char **why)
{
	uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C |
	    PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_ALT_BSUX |
	    PCRE2_MATCH_UNSET_BACKREF | PCRE2_AUTO_CALLOUT;
	struct regex r = { 0 };
	size_t at;
	int error;

	if (n > REGEX_TEXT_MAX) {
		*why = arena_printf(a, "it is longer than %d bytes",
		    REGEX_TEXT_MAX);
		return RC_INVALID;
	}
	if ((*why = jsre_fault(a, text, n)) != NULL)
		return RC_INVALID;
	prepare();
	if (flags & REGEX_CASELESS)
		options |= PCRE2_CASELESS;
	if ((flags & REGEX_SEARCH) == 0)
		options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	r.code =
	    pcre2_compile((PCRE2_SPTR)text, n, options, &error, &at, compiling);
	if (r.code == NULL)
		return refuse(a, why, error, at);
	pcre2_pattern_info(r.code, PCRE2_INFO_SIZE, &r.size);
	pcre2_pattern_info(r.code, PCRE2_INFO_CAPTURECOUNT, &r.groups);
	if (r.groups > REGEX_GROUPS_MAX)
		*why = arena_printf(a, "it has more than %d groups",
		    REGEX_GROUPS_MAX);
	else if (r.size > CODE)
		*why = arena_printf(a,
		    "it is larger than %d bytes when it is compiled: repeat "
		    "less",
		    CODE);
	if (*why != NULL) {
		pcre2_code_free(r.code);
		return RC_INVALID;
	}
	if ((*out = malloc(sizeof(r))) == NULL)
		fatalx("out of memory");
	**out = r;
	return RC_OK;
}

void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	pcre2_code_free(r->code);
	free(r);
}

size_t
regex_size(const struct regex *r)
{
	return sizeof(*r) + r->size;
}

int
regex_groups(const struct regex *r)
{
	return (int)r->groups;
}

int
regex_named(const struct regex *r, const char *name, size_t n)
{
	char copy[64];
	int number;

	if (n >= sizeof(copy))
		return -1;
	memcpy(copy, name, n);
	copy[n] = '\0';
	number = pcre2_substring_number_from_name(r->code, (PCRE2_SPTR)copy);
	return number > 0 ? number : -1;
}

/*
 * What is not UTF-8 matches nothing.  Every other error that is no answer is a
 * limit.
 */
enum rc
regex_match(const struct regex *r, const char *subject, size_t n,
    struct regex_group *groups, size_t max)
{
	const PCRE2_SIZE *at;
	size_t i, set;
	int found;

	calls = 0;
	stopwatch_start(&watch, MATCH_NS);
	found =
	    pcre2_match(r->code, (PCRE2_SPTR)subject, n, 0, 0, data, context);
	if (found == PCRE2_ERROR_NOMATCH ||
	    (found <= PCRE2_ERROR_UTF8_ERR1 && found >= PCRE2_ERROR_UTF8_ERR21))
		return RC_NOT_FOUND;
	if (found < 0)
		return RC_LIMITED;
	at = pcre2_get_ovector_pointer(data);
	set = (size_t)found;
	for (i = 0; i < max; i++)
		if (i < set && at[2 * i] != PCRE2_UNSET)
			groups[i] = (struct regex_group){ subject + at[2 * i],
				at[2 * i + 1] - at[2 * i] };
		else
			groups[i] = (struct regex_group){ NULL, 0 };
	return RC_OK;
}

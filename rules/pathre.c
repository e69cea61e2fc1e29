#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "jsre.h"
#include "pathre.h"

#define PART      "[^/]+?"
#define PART_LONG "[^/]+" /* the same where a slash or the end must follow */

enum kind { CHAR, ESCAPED, NAME, PATTERN, OPEN, CLOSE, MODIFIER, END };

struct token {
	enum kind kind;
	const char *s;
	size_t n;
	size_t at;
};

/* Text; or a group, with what stands before and after each time. */
struct part {
	const char *text, *suffix; /* text: a group's prefix */
	const char *name, *pattern;
	int group;
	char modifier; /* '*', '+', '?', or '\0' */
};

struct reading {
	struct arena *arena; /* of the reader */
	struct arena *out;
	const char **why;
	const char *source;
	struct token *tokens;
	size_t ntokens, i;
	struct part *parts;
	size_t nparts;
	char *text; /* that no part has yet */
	size_t ntext;
};

static enum rc
no(struct reading *g, size_t at, const char *why)
{
	*g->why = arena_printf(g->out, "%s, at character %zu", why, at + 1);
	return RC_INVALID;
}

/* What stands in parentheses; *n: with them. */
static enum rc
lex_pattern(struct reading *g, const char *s, size_t *n)
{
	size_t depth = 1, i = 1, at = (size_t)(s - g->source);

	if (s[1] == '?')
		return no(g, at, "a pattern cannot begin with \"?\"");
	for (; s[i] != '\0'; i++) {
		if (s[i] == '\\' && s[i + 1] != '\0')
			i++;
		else if (s[i] == ')' && --depth == 0)
			break;
		else if (s[i] == '(') {
			depth++;
			if (s[i + 1] != '?' ||
			    (s[i + 2] == '<' && s[i + 3] != '=' &&
				s[i + 3] != '!'))
				return no(g, at + i,
				    "there can be no group in a pattern but "
				    "\"(?:\"");
		}
	}
	if (s[i] == '\0')
		return no(g, at, "a \"(\" has no \")\"");
	if (i == 1)
		return no(g, at, "there is nothing in the parentheses");
	*n = i + 1;
	return RC_OK;
}

static int
in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static enum rc
lex_one(struct reading *g, const char *s, struct token *t, size_t *n)
{
	enum rc rc;

	*n = 1;
	*t = (struct token){ CHAR, s, 1, (size_t)(s - g->source) };
	switch (*s) {
	case '*':
	case '+':
	case '?':
		t->kind = MODIFIER;
		break;
	case '{':
		t->kind = OPEN;
		break;
	case '}':
		t->kind = CLOSE;
		break;
	case '\\':
		if (s[1] == '\0')
			return no(g, t->at, "it ends in a backslash");
		t->kind = ESCAPED;
		t->s++;
		*n = 2;
		break;
	case ':':
		for (t->s++; in_name(s[*n]); (*n)++)
			;
		if (*n == 1)
			return no(g, t->at, "a \":\" has no name");
		t->kind = NAME;
		t->n = *n - 1;
		break;
	case '(':
		if ((rc = lex_pattern(g, s, n)) != RC_OK)
			return rc;
		t->kind = PATTERN;
		t->s++;
		t->n = *n - 2;
	}
	return RC_OK;
}

static enum rc
lex(struct reading *g)
{
	const char *s = g->source;
	enum rc rc;
	size_t n;

	g->tokens = arena_alloc(g->arena, (strlen(s) + 1) * sizeof(*g->tokens));
	for (; *s != '\0'; s += n)
		if ((rc = lex_one(g, s, &g->tokens[g->ntokens++], &n)) != RC_OK)
			return rc;
	g->tokens[g->ntokens++] =
	    (struct token){ END, s, 0, (size_t)(s - g->source) };
	g->parts = arena_alloc(g->arena, g->ntokens * sizeof(*g->parts));
	g->text = arena_alloc(g->arena, g->ntokens);
	return RC_OK;
}

static const struct token *
take(struct reading *g, enum kind kind)
{
	return g->tokens[g->i].kind == kind ? &g->tokens[g->i++] : NULL;
}

static const char *
copy(struct reading *g, const struct token *t)
{
	return t != NULL ? arena_strndup(g->arena, t->s, t->n) : NULL;
}

/* Text of a URL as it stands in a path that is decoded. */
static const char *
decoded(struct arena *a, const char *s, size_t n)
{
	char *out = arena_strndup(a, s, n), *p = out;
	size_t i;
	int c;

	for (i = 0; i < n; i++)
		if (s[i] == '%' && n - i > 2 && hex_digit(s[i + 1]) != -1 &&
		    hex_digit(s[i + 2]) != -1 &&
		    (c = hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2])) != 0) {
			*p++ = (char)c;
			i += 2;
		} else
			*p++ = s[i];
	*p = '\0';
	return out;
}

static void
flush(struct reading *g)
{
	if (g->ntext > 0)
		g->parts[g->nparts++].text =
		    decoded(g->arena, g->text, g->ntext);
	g->ntext = 0;
}

static void
add_group(struct reading *g, const char *prefix, const struct token *name,
    const struct token *pattern, const char *suffix)
{
	const struct token *modifier = take(g, MODIFIER);

	flush(g);
	g->parts[g->nparts++] = (struct part){ .group = 1,
		.text = prefix,
		.suffix = suffix,
		.name = copy(g, name),
		.pattern = pattern != NULL ? copy(g, pattern) :
		    name != NULL           ? PART :
					     NULL,
		.modifier = modifier != NULL ? *modifier->s : '\0' };
}

static const char *
plain(struct reading *g)
{
	size_t start = g->i, n = 0, i;
	const struct token *t;
	char *s;

	while ((t = take(g, CHAR)) != NULL || (t = take(g, ESCAPED)) != NULL)
		;
	s = arena_alloc(g->arena, g->i - start + 1);
	for (i = start; i < g->i; i++)
		s[n++] = *g->tokens[i].s;
	return decoded(g->arena, s, n);
}

static enum rc
braces(struct reading *g)
{
	const struct token *name, *pattern;
	const char *prefix, *suffix;

	prefix = plain(g);
	name = take(g, NAME);
	pattern = take(g, PATTERN);
	suffix = plain(g);
	if (take(g, CLOSE) == NULL)
		return no(g, g->tokens[g->i].at, "a \"}\" is missing");
	add_group(g, prefix, name, pattern, suffix);
	return RC_OK;
}

/* A "/" or "." right before a group is repeated, or left out, with it. */
static enum rc
parse(struct reading *g)
{
	const struct token *c, *name, *pattern;
	const char *prefix;
	enum rc rc;

	while (g->tokens[g->i].kind != END) {
		c = take(g, CHAR);
		name = take(g, NAME);
		pattern = take(g, PATTERN);
		if (name != NULL || pattern != NULL) {
			prefix = "";
			if (c != NULL && (*c->s == '/' || *c->s == '.'))
				prefix = copy(g, c);
			else if (c != NULL)
				g->text[g->ntext++] = *c->s;
			add_group(g, prefix, name, pattern, "");
			continue;
		}
		if (c != NULL || (c = take(g, ESCAPED)) != NULL) {
			g->text[g->ntext++] = *c->s;
			continue;
		}
		if (take(g, OPEN) == NULL)
			return no(g, g->tokens[g->i].at,
			    "this character means something else here: write "
			    "\"\\\\\" before it");
		if ((rc = braces(g)) != RC_OK)
			return rc;
	}
	flush(g);
	return RC_OK;
}

/* Must a slash or the end follow this part? */
static int
bounded(const struct reading *g, size_t i)
{
	const struct part *p = &g->parts[i];

	if (*p->suffix != '\0' ||
	    (p->modifier != '\0' && p->modifier != '?' && *p->text != '/'))
		return 0;
	for (i++; i < g->nparts; i++) {
		p = &g->parts[i];
		if (*p->text != '/')
			return 0;
		if (p->modifier != '?' && p->modifier != '*')
			return 1;
	}
	return 1;
}

static void
put_group(FILE *f, const struct reading *g, size_t i)
{
	const struct part *p = &g->parts[i];
	const char *pattern = p->pattern;
	int many = p->modifier == '*' || p->modifier == '+';
	char again[2] = { p->modifier, '\0' };

	if (pattern != NULL && strcmp(pattern, PART) == 0 && bounded(g, i))
		pattern = PART_LONG;
	if (pattern != NULL && *p->text == '\0' && *p->suffix == '\0') {
		fprintf(f, "(%s)%s", pattern, again);
		return;
	}
	fputs("(?:", f);
	regex_escape(f, p->text);
	if (pattern != NULL && many) {
		fprintf(f, "((?:%s)(?:", pattern);
		regex_escape(f, p->suffix);
		regex_escape(f, p->text);
		fprintf(f, "(?:%s))*)", pattern);
		strcpy(again, p->modifier == '*' ? "?" : "");
	} else if (pattern != NULL)
		fprintf(f, "(%s)", pattern);
	regex_escape(f, p->suffix);
	fprintf(f, ")%s", again);
}

/* What every match begins with, and whether that is all. */
static void
begin(struct pathre *out, const struct reading *g)
{
	char *prefix = arena_alloc(g->out, strlen(g->source) + 1), *p = prefix;
	size_t i;

	out->exact = 1;
	for (i = 0; i < g->nparts && out->exact; i++) {
		const struct part *part = &g->parts[i];

		out->exact = !part->group ||
		    (part->pattern == NULL && part->modifier == '\0');
		if (part->modifier != '?' && part->modifier != '*')
			p = stpcpy(p, part->text);
		if (part->group && out->exact)
			p = stpcpy(p, part->suffix);
	}
	out->prefix = prefix;
}

static enum rc
write(struct pathre *out, struct reading *g)
{
	char *text;
	size_t i, n;
	FILE *f;

	if ((f = open_memstream(&text, &n)) == NULL)
		abort();
	for (i = 0; i < g->nparts; i++) {
		const struct part *p = &g->parts[i];

		if (!p->group)
			regex_escape(f, p->text);
		else
			put_group(f, g, i);
		if (p->pattern == NULL)
			continue;
		if (out->n == REGEX_GROUPS_MAX)
			break;
		out->names[out->n++] = p->name == NULL ?
		    NULL :
		    arena_strndup(g->out, p->name, strlen(p->name));
	}
	if (fclose(f) != 0)
		abort();
	out->text = arena_strndup(g->out, text, n);
	free(text);
	if (i == g->nparts)
		return RC_OK;
	*g->why = arena_printf(g->out, "it has more than %d groups",
	    REGEX_GROUPS_MAX);
	return RC_INVALID;
}

/* Each pattern is whole by itself: a "[" would take in what follows. */
static enum rc
check_patterns(struct reading *g)
{
	size_t i;

	for (i = 0; i < g->nparts; i++)
		if (g->parts[i].pattern != NULL &&
		    (*g->why = jsre_fault(g->out, g->parts[i].pattern,
			 strlen(g->parts[i].pattern))) != NULL)
			return RC_INVALID;
	return RC_OK;
}

static enum rc
read_source(struct pathre *out, struct reading *g)
{
	struct regex *r;
	enum rc rc;

	if ((rc = lex(g)) != RC_OK || (rc = parse(g)) != RC_OK ||
	    (rc = check_patterns(g)) != RC_OK)
		return rc;
	begin(out, g);
	if (out->exact) {
		out->text = out->prefix;
		return RC_OK;
	}
	if ((rc = write(out, g)) != RC_OK ||
	    (rc = regex_new(&r, out->text, strlen(out->text), 0, g->out,
		 g->why)) != RC_OK)
		return rc;
	regex_free(r);
	return RC_OK;
}

enum rc
pathre_read(struct pathre *out, struct arena *a, const char *source,
    const char **why)
{
	struct reading g = { .out = a, .why = why, .source = source };
	enum rc rc;

	*out = (struct pathre){ 0 };
	if (strlen(source) > PATHRE_MAX) {
		*why =
		    arena_printf(a, "it is longer than %d bytes", PATHRE_MAX);
		return RC_INVALID;
	}
	if (*source != '/') {
		*why = "it does not begin with \"/\"";
		return RC_INVALID;
	}
	g.arena = arena_new();
	rc = read_source(out, &g);
	arena_free(g.arena);
	return rc;
}

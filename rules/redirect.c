/*
 * One redirect of Netlify's, as a rule.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "compile.h"
#include "hex.h"
#include "redirects.h"

#define NOT_SIGNED "requests are not signed here (\"signed\", \"Sign=\")"

/* While it is made. */
struct making {
	struct arena *arena;
	const struct redirect *r;
	struct rule *rule;
	struct ops ops;
	const char *to;
};

static int
is_url(const char *s)
{
	return strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0;
}

/* Requests are matched decoded, so "/caf%C3%A9" is "/café"; NULL: it cannot be.
 */
static char *
decode(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, strlen(s) + 1), *p = out;
	int c;

	for (; *s != '\0'; s++, p++) {
		*p = *s;
		if (*s != '%' || hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
			continue;
		c = hex_digit(s[1]) << 4 | hex_digit(s[2]);
		if (c < ' ' || c == 0x7f || strchr("/:*", c) != NULL)
			return NULL;
		*p = (char)c;
		s += 2;
	}
	*p = '\0';
	return out;
}

static const char *
read_from(struct making *m)
{
	const char *from = m->r->from, *slash;
	char *path;

	if (is_url(from)) {
		from = strstr(from, "://") + 3;
		slash = from + strcspn(from, "/");
		if (slash == from || memchr(from, '*', (size_t)(slash - from)))
			return "the host it is from is none";
		m->rule->host = arena_strndup(m->arena, m->r->from,
		    (size_t)(slash - m->r->from));
		from = *slash != '\0' ? slash : "/";
	}
	if (strncmp(from, "/.netlify", 9) == 0)
		return "paths that begin with \"/.netlify\" are Netlify's own";
	if (strchr(from, '?') != NULL)
		return "a query stands after the path, as in "
		       "\"/store id=:id /item/:id\"";
	if (strchr(from, '#') != NULL)
		return "no browser sends what comes after \"#\"";
	if ((path = decode(m->arena, from)) == NULL)
		return "it escapes what cannot stand in a name";
	m->rule->pattern = (struct pattern){ .kind = PATTERN_PARTS,
		.text = path,
		.prefix = "" };
	return pattern_parse(&m->ops, m->arena, &m->rule->pattern);
}

static const char *
read_status(struct making *m)
{
	static const int known[] = { 200, 301, 302, 303, 307, 308, 404, 410 };
	int status = m->r->status != 0 ? m->r->status : 301;
	size_t i;

	for (i = 0; i < NITEMS(known); i++)
		if (known[i] == status) {
			m->rule->status = status;
			return NULL;
		}
	return arena_printf(m->arena,
	    "a status of %d is not to be had: only 200, 301, 302, 303, 307, "
	    "308, 404 and 410",
	    status);
}

/* A rule without "to" answers with what is there, so that no later one does. */
static const char *
read_to(struct making *m)
{
	const char *from = m->r->from;
	size_t n = strlen(from);

	m->to = m->r->to;
	if (m->to == NULL) {
		if (n < 2 || strcmp(from + n - 2, "/*") != 0 ||
		    m->rule->status != 200 || is_url(from))
			return "it does not say where it leads; only a rule "
			       "from a path that ends in \"/*\", with status "
			       "200, may leave that out";
		m->to = arena_printf(m->arena, "%.*s:splat", (int)n - 1, from);
	}
	if (strncmp(m->to, "/.netlify", 9) == 0)
		return "there are no functions here, nor what else Netlify "
		       "has below \"/.netlify\"";
	if (is_url(m->to) && m->rule->status >= 400)
		return "the page for 404 or 410 must be of this site";
	if (*m->to != '/' && !is_url(m->to))
		return "it must lead to what begins with \"/\", \"http://\" "
		       "or \"https://\"";
	if (m->rule->status == 200 && strncmp(m->to, "//", 2) == 0)
		return "it must lead to a path, or to \"https://\" and a host";
	return NULL;
}

/* Values of a list, "us,de"; NULL at the end. */
static const char *const *
list_of(struct arena *a, const char *s)
{
	const char **list = arena_alloc(a, (strlen(s) + 2) * sizeof(*list));
	size_t n = 0, len;

	for (; *s != '\0'; s += len + (s[len] == ',')) {
		s += strspn(s, " \t");
		len = strcspn(s, ",");
		if (strcspn(s, ", \t") > 0)
			list[n++] = arena_strndup(a, s, strcspn(s, ", \t"));
	}
	return list;
}

/*
 * What the path captures, the query does not change; and of two keys for one
 * name the first in the alphabet counts.
 */
static int
is_captured(const struct making *m, const char *name, const char *key)
{
	const struct redirect_pair *p = m->r->query;
	size_t i, n = strlen(name);

	for (i = 0; i < m->r->nquery; i++)
		if (p[i].value != NULL && p[i].value[0] == ':' &&
		    strcmp(p[i].value + 1, name) == 0 &&
		    strcmp(p[i].key, key) < 0)
			return 1;

	for (i = 1; i <= m->ops.nslots; i++)
		if (m->ops.names[i].n == n &&
		    memcmp(m->ops.names[i].s, name, n) == 0)
			return 1;
	return 0;
}

static const char *
read_query(struct making *m, struct condition *c)
{
	const struct redirect_pair *p = m->r->query;
	size_t i;

	for (i = 0; i < m->r->nquery; i++, p++, c++) {
		if (p->value == NULL)
			return arena_printf(m->arena,
			    "\"%.100s\" before where it leads is no query "
			    "matcher, such as \"id=:id\"",
			    p->key);
		c->what = CONDITION_QUERY;
		c->key = p->key;
		if (p->value[0] == ':' && p->value[1] != '\0') {
			if (!is_captured(m, p->value + 1, p->key))
				c->capture = p->value + 1;
			continue;
		}
		c->any = arena_alloc(m->arena, 2 * sizeof(*c->any));
		((const char **)(uintptr_t)c->any)[0] = p->value;
	}
	return NULL;
}

/* Of "Country" and "country" the latter counts. */
static int
is_overruled(const struct redirect *r, const char *key)
{
	size_t i;

	for (i = 0; i < r->nconditions; i++)
		if (strcasecmp(r->conditions[i].key, key) == 0 &&
		    strcmp(r->conditions[i].key, key) > 0)
			return 1;
	return 0;
}

/* Two letters each; whatever else is asked for comes from nowhere. */
static int
are_countries(const char *const *list)
{
	for (; *list != NULL; list++)
		if (strlen(*list) != 2 || !isalpha((unsigned char)(*list)[0]) ||
		    !isalpha((unsigned char)(*list)[1]))
			return 0;
	return 1;
}

static const char *
read_conditions(struct making *m, struct condition *c)
{
	static const struct {
		const char *name;
		enum condition_what what;
	} known[] = { { "Country", CONDITION_COUNTRY },
		{ "Language", CONDITION_LANGUAGE },
		{ "Cookie", CONDITION_COOKIE } };
	const struct redirect_pair *p = m->r->conditions;
	size_t i, j;

	for (i = 0; i < m->r->nconditions; i++, p++) {
		if (is_overruled(m->r, p->key))
			continue;
		if (strcmp(p->key, "Sign") == 0)
			return NOT_SIGNED;
		if (strcasecmp(p->key, "Role") == 0)
			return "there are no roles here, so it would be for "
			       "nobody";
		for (j = 0; j < NITEMS(known); j++)
			if (strcasecmp(known[j].name, p->key) == 0)
				break;
		if (j == NITEMS(known) || p->value == NULL)
			return arena_printf(m->arena,
			    "\"%.100s\" is no condition: Country, Language and "
			    "Cookie are, each with \"=\"",
			    p->key);
		c->what = known[j].what;
		c->any = list_of(m->arena, p->value);
		if (c->any[0] == NULL)
			return arena_printf(m->arena,
			    "its condition %s names nothing", p->key);
		if (c->what == CONDITION_COUNTRY && !are_countries(c->any))
			return "a country is two letters, such as \"de\"";
		m->rule->nconditions++;
		c++;
	}
	return NULL;
}

/* The longest name that stands here, after a colon; of a path or a query. */
static const char *
capture_at(struct making *m, const char *s, size_t *n)
{
	const char *found = NULL;
	const struct str *name;
	size_t i, len;

	*n = 0;
	for (i = 1; i <= m->ops.nslots; i++) {
		name = &m->ops.names[i];
		if (name->n > *n && strncmp(s, name->s, name->n) == 0) {
			*n = name->n;
			found = name->s;
		}
	}
	for (i = 0; i < m->rule->nconditions; i++) {
		const char *c = m->rule->conditions[i].capture;

		len = c != NULL ? strlen(c) : 0;
		if (len > *n && strncmp(s, c, len) == 0) {
			*n = len;
			found = c;
		}
	}
	return found != NULL ? arena_strndup(m->arena, found, *n) : NULL;
}

static void
divide(struct making *m)
{
	const char *s = m->to, *p, *name;
	struct piece *piece;
	size_t n = 1, len;

	for (p = s; *p != '\0'; p++)
		n += *p == ':' ? 2 : 0;
	piece = arena_alloc(m->arena, n * sizeof(*piece));
	m->rule->to.piece = piece;
	for (p = s; *p != '\0'; p++) {
		if (*p != ':' || (name = capture_at(m, p + 1, &len)) == NULL)
			continue;
		if (p > s)
			piece++->text =
			    arena_strndup(m->arena, s, (size_t)(p - s));
		piece++->capture = name;
		p += len;
		s = p + 1;
	}
	if (p > s)
		piece++->text = arena_strndup(m->arena, s, (size_t)(p - s));
	m->rule->to.n = (size_t)(piece - m->rule->to.piece);
}

/* Two paths that a rule takes for one. */
static int
same_path(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b);

	n -= n > 1 && a[n - 1] == '/';
	k -= k > 1 && b[k - 1] == '/';
	return n == k && memcmp(a, b, n) == 0;
}

/* Does a pattern that ends in its only star fit the path? */
static int
begins(const struct making *m, const char *path)
{
	const struct op_text *op = m->ops.op;
	size_t i, n;

	for (i = 0; i + 1 < m->ops.n; i++, op++) {
		if (op->op == OP_STAR || *path++ != '/')
			return 0;
		n = strcspn(path, "/");
		if (op->op == OP_PARAM      ? n == 0 :
			op->op == OP_PREFIX ? n < op->n :
					      n != op->n)
			return 0;
		if (op->op != OP_PARAM && memcmp(path, op->text, op->n) != 0)
			return 0;
		path += n;
	}
	return m->ops.n > 0 && op->op == OP_STAR;
}

/*
 * Where a redirect leads, up to what it captures: what is below that would be
 * sent on and on.
 */
static void
set_guard(struct making *m)
{
	const char *first = m->rule->to.piece->text, *guard;
	size_t n;

	if (m->rule->status < 300 || m->rule->status > 399)
		return;
	m->rule->guard = "";
	if (is_url(m->to) || first == NULL)
		return;
	n = strcspn(first, "?#");
	guard = arena_strndup(m->arena, first, n);
	if (m->rule->to.n == 1 && n > 0 && first[n - 1] != '/')
		guard = arena_printf(m->arena, "%s/", guard);
	else if (n > 0 && first[n - 1] != '/')
		return; /* what follows belongs to the last part */
	if (strcmp(guard, "/") != 0 && begins(m, guard))
		m->rule->guard = guard;
}

/* The path a pattern is for, with names that nobody has for what it captures.
 */
static const char *
example(struct making *m)
{
	const char *s = "", *slash = "/";
	const struct op_text *op;
	struct str name;
	size_t i;

	for (i = 0; i < m->ops.n; i++) {
		op = &m->ops.op[i];
		name = (struct str){ "", 0 };
		if (op->slot != 0)
			name = m->ops.names[op->slot];
		if (op->text != NULL)
			s = arena_printf(m->arena, "%s%s%.*s", s, slash,
			    (int)op->n, op->text);
		else
			s = arena_printf(m->arena, "%s%s\001%.*s", s, slash,
			    (int)name.n, name.s);
		slash = op->op == OP_PREFIX ? "" : "/";
	}
	return *s != '\0' ? s : "/";
}

/* Is whatever fits sent to where it came from? */
static int
goes_round(struct making *m)
{
	const struct rule *r = m->rule;
	const char *to = "";
	size_t i;

	if (r->status < 300 || r->status > 399 || r->host != NULL ||
	    is_url(m->to) || strchr(m->to, '?') != NULL)
		return 0;
	for (i = 0; i < r->nconditions; i++)
		if (r->conditions[i].what == CONDITION_QUERY)
			return 0;
	for (i = 0; i < r->to.n; i++)
		to = r->to.piece[i].text != NULL ?
		    arena_printf(m->arena, "%s%s", to, r->to.piece[i].text) :
		    arena_printf(m->arena, "%s\001%s", to,
			r->to.piece[i].capture);
	return same_path(example(m), to);
}

const char *
redirect_rule(struct arena *a, const struct redirect *r, struct rule *rule)
{
	struct making making, *m = &making;
	struct condition *c;
	const char *why;

	*rule = (struct rule){ .at = r->at,
		.text = r->text,
		.phase = r->force ? RULE_BEFORE : RULE_AFTER,
		.in_turn = r->force };
	m->arena = a;
	m->r = r;
	m->rule = rule;
	if (r->sign)
		return NOT_SIGNED;
	if ((why = read_status(m)) != NULL || (why = read_from(m)) != NULL ||
	    (why = read_to(m)) != NULL)
		return why;
	c = arena_alloc(a, (r->nquery + r->nconditions + 1) * sizeof(*c));
	rule->conditions = c;
	rule->nconditions = r->nquery;
	if ((why = read_query(m, c)) != NULL ||
	    (why = read_conditions(m, c + r->nquery)) != NULL)
		return why;
	divide(m);
	rule->query = 1;
	if (strchr(m->to, '?') != NULL)
		rule->query = 0;
	set_guard(m);
	if (goes_round(m))
		return "it would lead to itself, for ever (a slash at the end "
		       "makes no difference in a rule)";
	rule->note = redirect_odd(a, rule);
	return NULL;
}

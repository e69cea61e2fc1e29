#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ask.h"
#include "headers.h"
#include "log.h"

/* The rules that one shape says may fit, from the smallest number on. */
struct list {
	struct reader at;
	uint32_t left, rule;
};

struct search {
	struct ask ask;
	struct list lists[TABLE_SHAPES];
	size_t n;
	int bad;
};

int
ask_step(struct ask *a, size_t n)
{
	return (a->req->steps += n) <= MATCH_STEPS_MAX;
}

static void
split(struct match_request *req, struct arena *a)
{
	const char *s, *end = req->path + strlen(req->path);
	struct match_parts *p;
	size_t n = 0;

	for (s = req->path; *s != '\0'; s++)
		n += *s == '/';
	p = arena_alloc(a, sizeof(*p) + (n + 1) * sizeof(p->part[0]));
	p->len = (size_t)(end - req->path);
	for (s = req->path; s += *s == '/', *s != '\0'; s += n) {
		n = strcspn(s, "/");
		p->part[p->n].s = s;
		p->part[p->n].n = n;
		p->part[p->n++].hash = table_hash_part(s, n);
	}
	req->parts = p;
}

/* What the path has where the shape has text; 0 if it is too short. */
static int
key(const struct match_parts *p, uint32_t shape, uint32_t *hash)
{
	uint32_t h = TABLE_HASH, i, max = TABLE_KEY_PARTS;

	if (shape == TABLE_EXACT) {
		for (i = 0; i < p->n; i++)
			h = table_hash_add(h, p->part[i].hash, i);
	} else {
		if (shape >> (p->n < max ? p->n : max) != 0)
			return 0;
		for (i = 0; i < max && shape >> i != 0; i++)
			if ((shape >> i & 1) != 0)
				h = table_hash_add(h, p->part[i].hash, i);
	}
	*hash = h;
	return 1;
}

/* The list of that shape and hash, if there is one. */
static void
look_up(struct search *s, uint32_t index, uint32_t shape, uint32_t hash)
{
	const struct table *t = s->ask.t;
	uint32_t nbuckets = table_head(t, index + INDEX_NBUCKETS);
	struct reader base = table_at(t, table_head(t, index + INDEX_BUCKETS));
	struct reader r;
	uint32_t i, tries, where;
	struct list *l;

	if (base.bad || nbuckets == 0 ||
	    (size_t)(base.end - base.at) / BUCKET_SIZE < nbuckets) {
		s->bad = 1;
		return;
	}
	i = table_bucket(shape, hash, nbuckets);
	for (tries = 0; tries < nbuckets; tries++, i = (i + 1) % nbuckets) {
		if (!ask_step(&s->ask, 1))
			return;
		r = base;
		r.at += (size_t)i * BUCKET_SIZE;
		if (read_u32(&r) != shape || read_u32(&r) != hash) {
			r = base;
			r.at += (size_t)i * BUCKET_SIZE + 12;
			if (read_u32(&r) == 0)
				return;
			continue;
		}
		where = read_u32(&r);
		l = &s->lists[s->n];
		if ((l->left = read_u32(&r)) == 0)
			return;
		l->at = table_at(t, where);
		l->rule = read_u32(&l->at);
		if (l->at.bad || r.bad)
			s->bad = 1;
		else
			s->n++;
		return;
	}
}

static void
begin(struct search *s, const struct table *t, enum rule_phase phase,
    struct match_request *req, struct arena *a)
{
	uint32_t index = AT_INDEX(phase), n, i, hash, shape;
	struct reader r;

	s->ask.t = t;
	s->ask.req = req;
	s->ask.arena = a;
	s->n = 0;
	s->bad = 0;
	if (req->parts == NULL)
		split(req, a);
	n = table_head(t, index + INDEX_NSHAPES);
	r = table_at(t, table_head(t, index + INDEX_SHAPES));
	s->bad = r.bad || n > TABLE_SHAPES;
	for (i = 0; i < n && !s->bad; i++) {
		shape = read_u32(&r);
		if (!r.bad && key(req->parts, shape, &hash))
			look_up(s, index, i, hash);
		s->bad |= r.bad;
	}
}

/* The next rule that may fit, in their order; 0 at the end. */
static int
next(struct search *s, uint32_t *rule)
{
	struct list *l, *least = NULL;
	size_t i;

	for (i = 0; i < s->n; i++) {
		l = &s->lists[i];
		if (l->left > 0 && (least == NULL || l->rule < least->rule))
			least = l;
	}
	if (least == NULL || s->bad || !ask_step(&s->ask, RULE_STEPS))
		return 0;
	*rule = least->rule;
	if (--least->left > 0)
		least->rule = read_u32(&least->at);
	s->bad |= least->at.bad;
	return 1;
}

static int
same(struct str s, const char *t)
{
	return strlen(t) == s.n && memcmp(s.s, t, s.n) == 0;
}

/* Does it fit?  Then the reader stands at its destination. */
static int
fits(struct ask *a, struct reader *r)
{
	const struct match_request *req = a->req;
	struct str scheme, host;
	uint32_t nslots;

	a->phase = read_below(r, RULE__PHASES);
	a->kind = read_below(r, PATTERN_REGEX + 1);
	a->flags = read_u32(r);
	a->status = read_u32(r);
	a->file = read_str(r);
	a->line = read_u32(r);
	a->guard = read_str(r);
	scheme = read_str(r);
	host = read_str(r);
	nslots = a->nslots = read_below(r, TABLE_SLOTS + 1);
	r->bad |= nslots == 0;
	if (r->bad || (scheme.n > 0 && !same(scheme, req->scheme)) ||
	    (host.n > 0 && !same(host, req->host)))
		return 0;
	memset(a->slots, 0, nslots * sizeof(a->slots[0]));
	memset(a->foreign, 0, nslots);
	return ask_pattern(a, r) && ask_conditions(a, r);
}

/* Is the path where the rule leads already, or below it? */
static int
is_there(const struct ask *a)
{
	const char *path = a->req->path;
	struct str g = a->guard;

	return g.n > 0 &&
	    (strncmp(path, g.s, g.n) == 0 ||
		(g.s[g.n - 1] == '/' && strlen(path) + 1 == g.n &&
		    memcmp(path, g.s, g.n - 1) == 0));
}

/* The length of a path of n bytes without a last slash. */
static size_t
path_length(const char *s, size_t n)
{
	return n > 1 && s[n - 1] == '/' ? n - 1 : n;
}

/* Does it lead to where the request came to? */
static int
leads_nowhere(const struct ask *a, const char *to)
{
	const char *path = a->req->path;
	size_t n = path_length(to, strcspn(to, "?#")), i;

	/* A path that came is read already: "#" is a letter of it. */
	if (n != path_length(path, strlen(path)))
		return 0;
	for (i = 0; i < n && to[i] == path[i]; i++)
		;
	return i == n;
}

/* How a search ends that has found nothing more. */
static enum rc
ended(const struct search *s)
{
	if (s->bad) {
		log_warnx("rules: damaged");
		return RC_FAIL;
	}
	return s->ask.req->steps > MATCH_STEPS_MAX ? RC_LIMITED : RC_NOT_FOUND;
}

/* Where the rule at hand stands; compile.c says how that is written. */
static struct spot
spot(const struct ask *a)
{
	const char *s = arena_strndup(a->arena, a->file.s, a->file.n);
	size_t n = strlen(s);

	return (struct spot){ s, a->line, n < a->file.n ? s + n + 1 : NULL };
}

static enum match_action
action(const struct ask *a)
{
	if (a->status == 404 || a->status == 410)
		return MATCH_PAGE;
	if (a->status != 200)
		return MATCH_REDIRECT;
	return (a->flags & RULE_IS_URL) != 0 ? MATCH_PROXY : MATCH_REWRITE;
}

static enum rc
answer(struct search *s, struct reader *r, struct match *out)
{
	struct ask *a = &s->ask;

	out->to = ask_destination(a, r);
	out->status = (int)a->status;
	out->action = action(a);
	out->check = (a->flags & RULE_CHECK) != 0;
	out->catches = (a->flags & RULE_CATCHES) != 0;
	out->in_turn = (a->flags & RULE_IN_TURN) != 0;
	out->at = spot(a);
	if (r->bad || a->status < 200 || a->status > 599 ||
	    (out->to != NULL && *out->to == '\0' &&
		out->action != MATCH_PAGE)) {
		s->bad = 1;
		return ended(s);
	}
	if (out->to == NULL)
		return RC_TOO_LARGE;
	if ((a->flags & RULE_SPARES) != 0 &&
	    strncmp(a->req->path, "/.well-known/", 13) == 0) {
		out->action = MATCH_PAGE;
		out->status = 404;
		out->to = "";
	}
	if ((a->flags & RULE_GUARDED) != 0 &&
	    (is_there(a) || leads_nowhere(a, out->to)))
		out->action = MATCH_STAY;
	return RC_OK;
}

enum rc
match_first(const struct table *t, enum rule_phase phase, uint32_t from,
    struct match_request *req, struct arena *arena, struct match *out)
{
	struct search s;
	struct reader r;
	uint32_t rule;

	begin(&s, t, phase, req, arena);
	while (next(&s, &rule)) {
		if (rule < from)
			continue;
		r = table_rule(t, rule);
		out->next = rule + 1;
		if (fits(&s.ask, &r) && req->steps <= MATCH_STEPS_MAX)
			return answer(&s, &r, out);
		s.bad |= r.bad;
	}
	return ended(&s);
}

enum rc
match_before(const struct table *t, struct match_request *req,
    struct arena *arena, struct match *out)
{
	struct match after;
	uint32_t from = 0;
	enum rc rc;

	for (;; from = out->next) {
		rc = match_first(t, RULE_BEFORE, from, req, arena, out);
		if (rc != RC_OK || !out->in_turn)
			return rc;
		rc = match_first(t, RULE_AFTER, 0, req, arena, &after);
		if (rc != RC_OK && rc != RC_NOT_FOUND)
			return rc;
		if (rc == RC_NOT_FOUND || after.next > out->next)
			return RC_OK;
	}
}

void
match_retarget(struct match_request *req, const char *path, const char *query)
{
	req->path = path;
	req->query = query;
	req->parts = NULL;
}

static size_t
without(struct match_header *h, size_t all, const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < all; i++)
		if (strcasecmp(h[i].name, name) != 0)
			h[n++] = h[i];
	return n;
}

/* Forgets a header that an earlier rule set. */
static void
forget(struct match_headers *out, const char *name)
{
	size_t n = without(out->lost, out->nlost, name);

	out->left -= out->nlost - n;
	out->nlost = n;
	out->n = without(out->h, out->n, name);
}

static void
lose(struct match_headers *out, const struct match_header *h)
{
	if (out->nlost < MATCH_HEADERS_MAX)
		out->lost[out->nlost++] = *h;
	out->left++;
}

static void
keep(struct match_headers *out, const struct match_header *h)
{
	size_t i = out->n;

	if (out->n < MATCH_HEADERS_MAX) {
		out->h[out->n++] = *h;
		return;
	}
	while (header_guards(h->name) && i-- > 0)
		if (!header_guards(out->h[i].name)) {
			lose(out, &out->h[i]);
			memmove(&out->h[i], &out->h[i + 1],
			    (out->n - i - 1) * sizeof(*h));
			out->h[out->n - 1] = *h;
			return;
		}
	lose(out, h);
}

static void
take_headers(struct search *s, struct reader *r, struct match_headers *out)
{
	struct ask *a = &s->ask;
	struct match_header h;
	uint32_t n = read_u32(r), remove;
	struct str name;

	h.at = spot(a);
	for (; n > 0 && !r->bad && ask_step(a, 1); n--) {
		name = read_str(r);
		remove = read_u32(r);
		h.value = ask_text(a, r);
		h.name = arena_strndup(a->arena, name.s, name.n);
		if (h.value == NULL)
			continue;
		if (remove)
			forget(out, h.name);
		if (remove && *h.value == '\0')
			h.value = NULL;
		keep(out, &h);
	}
	if ((n = read_u32(r)) == 0 || r->bad)
		return;
	if ((size_t)(r->end - r->at) / (TABLE_AUTH_KEY + TABLE_AUTH_HASH) < n)
		r->bad = 1;
	else {
		out->auth = r->at;
		out->nauth = n;
	}
}

enum rc
match_headers(const struct table *t, struct match_request *req,
    struct arena *arena, struct match_headers *out)
{
	struct search s;
	struct reader r;
	uint32_t rule;
	enum rc rc;

	out->n = out->nauth = out->left = out->nlost = 0;
	out->auth = NULL;
	begin(&s, t, RULE_HEADERS, req, arena);
	while (next(&s, &rule)) {
		r = table_rule(t, rule);
		if (fits(&s.ask, &r)) {
			(void)ask_destination(&s.ask, &r);
			take_headers(&s, &r, out);
		}
		s.bad |= r.bad;
	}
	rc = ended(&s);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* All are compared, so that time does not tell how many there are. */
int
match_authorized(const struct match_headers *m, const char *header)
{
	unsigned char pair[512], hash[TABLE_AUTH_HASH];
	const unsigned char *key = m->auth;
	size_t n = 0, i;
	int good = 0;

	if (strncasecmp(header, "Basic ", 6) != 0)
		return 0;
	header += 6 + strspn(header + 6, " ");
	if (sodium_base642bin(pair, sizeof(pair), header, strlen(header), NULL,
		&n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return 0;
	for (i = 0; i < m->nauth; i++) {
		crypto_generichash(hash, sizeof(hash), pair, n, key,
		    TABLE_AUTH_KEY);
		key += TABLE_AUTH_KEY;
		good |= sodium_memcmp(hash, key, sizeof(hash)) == 0;
		key += TABLE_AUTH_HASH;
	}
	sodium_memzero(pair, sizeof(pair));
	return good;
}

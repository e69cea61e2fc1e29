#include <endian.h>
#include <sodium.h>
#include <string.h>

#include "compile.h"

/* What is known of a rule while it is written. */
struct compiler {
	struct rules *rules;
	struct arena *arena;
	struct writer w;
	struct index *index;
	const char *why;  /* the rule is no good, or NULL */
	const char *note; /* it is odd, or NULL */

	/* of the rule at hand */
	struct ops ops;
	struct regex *regex; /* of the pattern, or NULL */
	struct {
		const char *name; /* of a capture, or NULL */
		struct regex *regex;
		uint32_t slot;
		enum condition_what what;
	} late[RULE_CONDITIONS_MAX]; /* what conditions capture */
	size_t nlate;
	uint32_t nslots;
};

static void
room(struct writer *w, size_t n)
{
	unsigned char *old = w->p;

	if (w->room - w->n >= n)
		return;
	w->room = (w->room + n) * 2;
	w->p = arena_alloc(w->arena, w->room);
	if (w->n > 0)
		memcpy(w->p, old, w->n);
}

void
write_bytes(struct writer *w, const void *p, size_t n)
{
	room(w, n);
	if (n > 0)
		memcpy(w->p + w->n, p, n);
	w->n += n;
}

void
write_u32(struct writer *w, uint32_t v)
{
	v = htole32(v);
	write_bytes(w, &v, sizeof(v));
}

void
write_at(struct writer *w, size_t at, uint32_t v)
{
	v = htole32(v);
	memcpy(w->p + at, &v, sizeof(v));
}

void
write_str(struct writer *w, const char *s, size_t n)
{
	write_u32(w, (uint32_t)n);
	write_bytes(w, s, n);
}

static void
write_text(struct writer *w, const char *s)
{
	write_str(w, s != NULL ? s : "", s != NULL ? strlen(s) : 0);
}

static void
drop_regex(void *re)
{
	regex_free(re);
}

/* A regex's text; it is compiled to see if it can be. */
static struct regex *
put_regex(struct compiler *c, const char *text, unsigned int flags)
{
	struct regex *re;
	size_t n = strlen(text);

	if (regex_new(&re, text, n, flags, c->arena, &c->why) != RC_OK)
		return NULL;
	arena_defer(c->arena, drop_regex, re);
	write_str(&c->w, text, n);
	return re;
}

/* Slots for n more captures; the first. */
static uint32_t
slots(struct compiler *c, uint32_t n)
{
	uint32_t first = c->nslots;

	if (n > TABLE_SLOTS - first) {
		c->why = "it captures more than 128 things";
		return 0;
	}
	c->nslots += n;
	return first;
}

static void
put_pattern(struct compiler *c, const struct pattern *p)
{
	size_t i;

	c->regex = NULL;
	c->ops.n = c->ops.nslots = 0;
	if (p->kind == PATTERN_REGEX) {
		c->regex =
		    put_regex(c, p->text, p->caseless ? REGEX_CASELESS : 0);
		if (c->regex != NULL)
			c->nslots = 1 + (uint32_t)regex_groups(c->regex);
		if (c->nslots > TABLE_SLOTS)
			c->why = "it captures more than 128 things";
		return;
	}
	if ((c->why = pattern_parse(&c->ops, c->arena, p)) != NULL)
		return;
	c->nslots = 1 + c->ops.nslots;
	write_u32(&c->w, (uint32_t)c->ops.n);
	for (i = 0; i < c->ops.n; i++) {
		write_u32(&c->w, c->ops.op[i].op);
		write_u32(&c->w, c->ops.op[i].slot);
		write_str(&c->w, c->ops.op[i].text, c->ops.op[i].n);
	}
}

static void
put_condition(struct compiler *c, const struct condition *d)
{
	size_t n = 0, at;
	uint32_t first = 0, count = 0;
	struct regex *re = NULL;

	write_u32(&c->w, d->what);
	write_u32(&c->w, d->missing != 0);
	write_u32(&c->w, d->key != NULL);
	write_text(&c->w, d->key);
	while (d->any != NULL && d->any[n] != NULL)
		n++;
	write_u32(&c->w, (uint32_t)n);
	for (at = 0; at < n; at++)
		write_text(&c->w, d->any[at]);
	write_u32(&c->w, d->regex != NULL);
	if (d->regex != NULL &&
	    (re = put_regex(c, d->regex, REGEX_SEARCH)) == NULL)
		return;
	write_text(&c->w, d->compare);
	if (!d->missing && (re != NULL || d->capture != NULL)) {
		count = re != NULL ? 1 + (uint32_t)regex_groups(re) : 1;
		first = slots(c, count);
		c->late[c->nlate].name = d->capture;
		c->late[c->nlate].regex = re;
		c->late[c->nlate].what = d->what;
		c->late[c->nlate++].slot = first;
	}
	write_u32(&c->w, first);
	write_u32(&c->w, c->why == NULL ? count : 0);
}

static int
number(const char *s, uint32_t *v)
{
	for (*v = 0; *s >= '0' && *s <= '9' && *v < TABLE_SLOTS; s++)
		*v = *v * 10 + (uint32_t)(*s - '0');
	return *s == '\0';
}

/* The slot of a capture: the last condition's, or the pattern's; 0 if none. */
static uint32_t
slot_of(const struct compiler *c, const char *name)
{
	size_t i, n = strlen(name);
	uint32_t v;
	int g;

	for (i = c->nlate; i-- > 0;) {
		if (c->late[i].name != NULL &&
		    strcmp(c->late[i].name, name) == 0)
			return c->late[i].slot;
		if (c->late[i].regex != NULL &&
		    (g = regex_named(c->late[i].regex, name, n)) > 0)
			return c->late[i].slot + (uint32_t)g;
	}
	if (c->regex != NULL) {
		if ((g = regex_named(c->regex, name, n)) > 0)
			return (uint32_t)g;
		if (number(name, &v) && v > 0 &&
		    v <= (uint32_t)regex_groups(c->regex))
			return v;
	}
	for (v = 1; v <= c->ops.nslots; v++)
		if (c->ops.names[v].n == n &&
		    memcmp(c->ops.names[v].s, name, n) == 0)
			return v;
	return 0;
}

/* Text as it may stand in a URL: what may not is escaped. */
static const char *
escape(struct arena *a, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char hex[] = "0123456789abcdefABCDEF";
	char *out = arena_alloc(a, strlen(s) * 3 + 1), *p = out;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL &&
		    (c != '%' ||
			(s[1] != '\0' && strchr(hex, s[1]) != NULL &&
			    s[2] != '\0' && strchr(hex, s[2]) != NULL))) {
			*p++ = (char)c;
			continue;
		}
		*p++ = '%';
		*p++ = digits[c >> 4];
		*p++ = digits[c & 15];
	}
	*p = '\0';
	return out;
}

/* Where in a URL we are after some more text. */
static enum landing
walk(enum landing at, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '?' || *s == '#')
			at = LANDS_QUERY;
		else if (*s == '/' && at == LANDS_HOST)
			at = LANDS_PATH;
	return at;
}

static void
put_piece(struct compiler *c, const struct piece *p, enum landing at)
{
	uint32_t slot = 0;

	if (p->capture != NULL && (slot = slot_of(c, p->capture)) == 0)
		c->why = arena_printf(c->arena,
		    "nothing is captured as \"%.100s\"", p->capture);
	write_u32(&c->w, slot);
	write_u32(&c->w, at);
	if (p->capture != NULL)
		write_text(&c->w, "");
	else
		write_text(&c->w,
		    at == LANDS_HEADER ? p->text : escape(c->arena, p->text));
}

static int
is_url(const char *s)
{
	return strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0;
}

/*
 * Does what a visitor chooses end the name of a host, so that a link to the
 * site leads wherever its maker likes?  The host of the request is none's to
 * choose.
 */
static int
is_open(const struct compiler *c, const struct pieces *to, size_t i)
{
	const char *next = i + 1 < to->n ? to->piece[i + 1].text : "";
	uint32_t slot = slot_of(c, to->piece[i].capture);
	size_t k;

	if (next == NULL || strchr("/?#:", *next) == NULL) /* or its end */
		return 0;
	for (k = c->nlate; k-- > 0;)
		if (slot >= c->late[k].slot)
			return c->late[k].what != CONDITION_HOST;
	return 1;
}

static void
put_destination(struct compiler *c, const struct rule *r)
{
	const struct piece *p = r->to.piece;
	enum landing at = LANDS_PATH;
	const char *first = r->to.n > 0 && p->text != NULL ? p->text : "";
	size_t i;

	if (r->to.n > 0 && *first != '/' && !is_url(first))
		c->why = "it must lead to what begins with \"/\", \"http://\" "
			 "or \"https://\"";
	write_u32(&c->w, (uint32_t)r->to.n);
	for (i = 0; i < r->to.n && c->why == NULL; i++, p++) {
		if (i == 0 && is_url(first)) {
			put_piece(c, p, LANDS_HOST);
			at = walk(LANDS_HOST, strstr(first, "://") + 3);
			continue;
		}
		if (at == LANDS_HOST && p->capture != NULL && r->status == 200)
			c->why = "whom it asks may not depend on the request";
		else if (at == LANDS_HOST && p->capture != NULL &&
		    is_open(c, &r->to, i))
			c->note = "whoever makes a link chooses the host it "
				  "leads to: write a slash before what is "
				  "captured";
		put_piece(c, p, at);
		if (p->text != NULL)
			at = walk(at, p->text);
	}
}

static void
put_headers(struct compiler *c, const struct rule *r)
{
	const struct rule_header *h = r->headers;
	size_t i, j;

	write_u32(&c->w, (uint32_t)r->nheaders);
	for (i = 0; i < r->nheaders; i++, h++) {
		write_text(&c->w, h->name);
		write_u32(&c->w, h->remove != 0);
		write_u32(&c->w, (uint32_t)h->value.n);
		for (j = 0; j < h->value.n && c->why == NULL; j++)
			put_piece(c, &h->value.piece[j], LANDS_HEADER);
	}
}

/* Passwords are never in the table, only what tells that one is right. */
static void
put_auth(struct compiler *c, const char *const *auth)
{
	unsigned char key[TABLE_AUTH_KEY], hash[TABLE_AUTH_HASH];
	size_t n = 0, i;

	while (auth != NULL && auth[n] != NULL)
		n++;
	write_u32(&c->w, (uint32_t)n);
	for (i = 0; i < n; i++) {
		randombytes_buf(key, sizeof(key));
		crypto_generichash(hash, sizeof(hash),
		    (const unsigned char *)auth[i], strlen(auth[i]), key,
		    sizeof(key));
		if (strchr(auth[i], ':') == NULL) /* nobody */
			randombytes_buf(hash, sizeof(hash));
		write_bytes(&c->w, key, sizeof(key));
		write_bytes(&c->w, hash, sizeof(hash));
	}
}

/* "https://host:443": its scheme and its host, in small letters. */
static void
put_host(struct compiler *c, const char *url)
{
	const char *host = url != NULL ? strstr(url, "://") : NULL;
	char *s, *p;

	if (host == NULL) {
		write_text(&c->w, "");
		write_text(&c->w, url);
		return;
	}
	write_str(&c->w, url, (size_t)(host - url));
	host += 3;
	s = arena_strndup(c->arena, host, strcspn(host, ":/"));
	for (p = s; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
	write_text(&c->w, s);
}

static uint32_t
flags(const struct rule *r)
{
	uint32_t f = 0;

	if (r->query)
		f |= RULE_HAS_QUERY;
	if (r->pattern.caseless)
		f |= RULE_CASELESS;
	if (r->check)
		f |= RULE_CHECK;
	if (r->in_turn)
		f |= RULE_IN_TURN;
	if (r->guard != NULL)
		f |= RULE_GUARDED;
	if (r->to.n > 0 && r->to.piece->text != NULL &&
	    is_url(r->to.piece->text))
		f |= RULE_IS_URL;
	return f;
}

/*
 * Is whatever the pattern captures answered by one file?  Not if it comes
 * before files: then it is meant for those that are there, too.
 */
static int
catches(const struct compiler *c, const struct rule *r)
{
	return r->status == 200 && r->phase == RULE_AFTER && c->nslots > 1 &&
	    r->to.n > 0 && r->to.piece->text != NULL &&
	    (r->to.n == 1 || strchr(r->to.piece->text, '?') != NULL);
}

/*
 * What others look for under fixed names is there, or it is not: who means to
 * answer that with a page names the folder.  A regex leaves it alone by itself.
 */
static int
spares(const struct compiler *c, const struct rule *r)
{
	const struct op_text *op = &c->ops.op[0];

	return r->pattern.kind != PATTERN_REGEX && c->ops.n > 0 &&
	    (op->op != OP_TEXT || op->n != 11 ||
		memcmp(op->text, ".well-known", 11) != 0);
}

/* An entry stands behind the file and a NUL. */
static void
put_spot(struct compiler *c, const struct spot *at)
{
	size_t n = strlen(at->file), k;
	char *both;

	if (at->entry == NULL)
		write_str(&c->w, at->file, n);
	else {
		k = strlen(at->entry);
		both = arena_alloc(c->arena, n + k + 2);
		memcpy(both, at->file, n);
		memcpy(both + n + 1, at->entry, k);
		write_str(&c->w, both, n + 1 + k);
	}
	write_u32(&c->w, at->line);
}

static void
put_rule(struct compiler *c, const struct rule *r)
{
	size_t i, at, at_flags;

	c->nslots = 1;
	c->nlate = 0;
	write_u32(&c->w, r->phase);
	write_u32(&c->w, r->pattern.kind);
	at_flags = c->w.n;
	write_u32(&c->w, flags(r));
	write_u32(&c->w, (uint32_t)r->status);
	put_spot(c, &r->at);
	write_text(&c->w, r->guard);
	put_host(c, r->host);
	at = c->w.n;
	write_u32(&c->w, 0);
	put_pattern(c, &r->pattern);
	if (r->nconditions > RULE_CONDITIONS_MAX)
		c->why = "it has more than 32 conditions";
	if (c->why != NULL)
		return;
	if (catches(c, r))
		write_at(&c->w, at_flags,
		    flags(r) | RULE_CATCHES | (spares(c, r) ? RULE_SPARES : 0));
	write_u32(&c->w, (uint32_t)r->nconditions);
	for (i = 0; i < r->nconditions && c->why == NULL; i++)
		put_condition(c, &r->conditions[i]);
	if (c->why == NULL)
		put_destination(c, r);
	if (c->why == NULL)
		put_headers(c, r);
	if (c->why == NULL)
		put_auth(c, r->auth);
	write_at(&c->w, at, c->nslots);
}

/* One that is refused leaves no trace. */
static int
put_good(struct compiler *c, struct rule *r)
{
	size_t at = c->w.n;

	c->why = c->note = NULL;
	put_rule(c, r);
	if (c->why != NULL) {
		rules_refuse(c->rules, &r->at, r->text, "%s", c->why);
		c->w.n = at;
		return 0;
	}
	if (c->note != NULL)
		r->note = r->note == NULL ?
		    c->note :
		    arena_printf(c->arena, "%s; %s", r->note, c->note);
	return 1;
}

/* What shuts the whole site. */
static struct rule
shutter(struct rules *rules)
{
	static const char *const nobody[] = { "", NULL };
	struct rule r = { .at = { "_headers", 0, NULL },
		.text = "/*",
		.phase = RULE_HEADERS,
		.pattern = { PATTERN_GLOB, "/*", "", 1 },
		.auth = nobody };

	rules_refuse(rules, &r.at, "",
	    "it is not known what a password is for; until that is mended "
	    "nobody sees the site");
	return r;
}

/* Rules one after the other; one of a password is not left out. */
static void
put_rules(struct compiler *c, uint32_t *offsets)
{
	struct rules *rules = c->rules;
	size_t i, n = 0, all = rules->n;
	struct rule r;

	for (i = 0; i < all + (rules->shut != 0) && c->w.n <= TABLE_MAX; i++) {
		if (i == all)
			rules_add(rules, &(struct rule){ 0 });
		r = i < all ? rules->rules[i] : shutter(rules);
		offsets[n] = (uint32_t)c->w.n;
		if (!put_good(c, &r)) {
			rules->shut |= r.auth != NULL;
			continue;
		}
		index_add(c->index, r.phase, (uint32_t)n, &r.pattern);
		rules->rules[n++] = r;
	}
	rules->n = n;
}

enum rc
rules_compile(struct rules *rules, void **out, size_t *n)
{
	struct compiler *c = arena_alloc(rules->arena, sizeof(*c));
	uint32_t *offsets;
	size_t i;

	c->rules = rules;
	c->arena = c->w.arena = rules->arena;
	c->index = index_new(c->arena);
	offsets = arena_alloc(c->arena, (rules->n + 2) * sizeof(*offsets));
	for (i = 0; i < HEAD_SIZE; i += 4)
		write_u32(&c->w, 0);
	put_rules(c, offsets);
	if (c->w.n > TABLE_MAX)
		return RC_TOO_LARGE;
	write_at(&c->w, AT_RULES, (uint32_t)c->w.n);
	for (i = 0; i < rules->n; i++)
		write_u32(&c->w, offsets[i]);
	index_write(c->index, &c->w);
	write_at(&c->w, AT_MAGIC, TABLE_MAGIC);
	write_at(&c->w, AT_CLEAN_URLS,
	    (uint32_t)(rules->settings.clean_urls + 1));
	write_at(&c->w, AT_SLASH,
	    (uint32_t)(rules->settings.trailing_slash + 1));
	write_at(&c->w, AT_VERCEL, (uint32_t)(rules->settings.vercel + 1));
	write_at(&c->w, AT_NRULES, (uint32_t)rules->n);
	write_at(&c->w, AT_SIZE, (uint32_t)c->w.n);
	*out = c->w.p;
	*n = c->w.n;
	return c->w.n <= TABLE_MAX ? RC_OK : RC_TOO_LARGE;
}

#include <json-c/json.h>
#include <sodium.h>
#include <string.h>

#include "rules/compile.h"
#include "rules/headers.h"
#include "rules/netlify.h"
#include "rules/redirects.h"
#include "rules/vercel.h"
#include "siterules.h"
#include "toml.h"
#include "tree.h"

/* A file of the output; one that is too large is said to be. */
static struct netlify_file
load(struct build *b, struct rules *rules, const char *name, size_t max)
{
	struct netlify_file f = { .name = name };

	if (!tree_is_file(b->output_fd, name))
		return f;
	f.text = tree_read(rules->arena, b->output_fd, name, max, &f.n);
	if (f.text == NULL)
		rules_refuse(rules, name, 1, "",
		    "it is larger than %zu MiB; nothing in it is obeyed",
		    max >> 20);
	return f;
}

/* With its length, so that nothing moves from one file to the next. */
static void
digest(crypto_hash_sha256_state *sum, const char *text, size_t n)
{
	uint64_t size = n;

	crypto_hash_sha256_update(sum, (const unsigned char *)&size,
	    sizeof(size));
	if (n > 0)
		crypto_hash_sha256_update(sum, (const unsigned char *)text, n);
}

static void
vercel(crypto_hash_sha256_state *sum, struct rules *rules, const char *path,
    struct json_object *o)
{
	const char *s =
	    json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);

	digest(sum, s, strlen(s));
	vercel_read(rules, path, o);
}

static void
read_vercel(struct build *b, struct rules *rules, crypto_hash_sha256_state *sum)
{
	const char *path = "vercel.json", *why;
	struct json_object *o;

	switch (package_json(rules->arena, b->output_fd, path, &o, &why)) {
	case RC_OK:
		vercel(sum, rules, path, o);
		break;
	case RC_NOT_FOUND:
		break;
	default:
		rules_refuse(rules, path, 1, "", "%s", why);
	}
}

/*
 * netlify.toml and vercel.json were read before the build, which has no say in
 * them; what was built elsewhere has them in its output.  Netlify's files come
 * first: of two rules that fit the first wins.
 */
static void
gather(struct build *b, struct rules *rules, crypto_hash_sha256_state *sum)
{
	int prebuilt = strcmp(b->c.source, "prebuilt") == 0;
	struct netlify_file redirects, headers, toml;

	redirects = load(b, rules, "_redirects", REDIRECTS_BYTES_MAX);
	headers = load(b, rules, "_headers", HEADERS_BYTES_MAX);
	toml = (struct netlify_file){ b->repo.netlify_path,
		b->repo.netlify_text, b->repo.netlify_size };
	if (prebuilt)
		toml = load(b, rules, "netlify.toml", TOML_MAX);
	digest(sum, redirects.text, redirects.n);
	digest(sum, headers.text, headers.n);
	digest(sum, toml.text, toml.n);
	netlify_read(rules, &redirects, &headers, &toml);
	if (prebuilt)
		read_vercel(b, rules, sum);
	else if (b->repo.vercel_json != NULL)
		vercel(sum, rules, b->repo.vercel_path, b->repo.vercel_json);
}

/* Whoever may see the report need not know the variables. */
static const char *
redacted(struct build *b, const char *s)
{
	size_t n = strlen(s), cut = n;
	char *text = arena_strndup(b->arena, s, n);

	text[redact(b->redactor, text, n, &cut)] = '\0';
	return text;
}

static struct json_object *
line(struct build *b, const char *file, unsigned int number, const char *text,
    const char *why)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "file", json_object_new_string(file));
	json_object_object_add(o, "line", json_object_new_int64(number));
	json_object_object_add(o, "text",
	    json_object_new_string(redacted(b, text)));
	if (why != NULL)
		json_object_object_add(o, "why",
		    json_object_new_string(redacted(b, why)));
	return o;
}

/* Why a rule that was taken will not do; NULL: it will. */
static const char *
unserved(const struct build *b, const struct rule *r)
{
	const char *to = r->to.n > 0 ? r->to.piece->text : NULL;

	if (strcmp(b->conf->sendfile, "xsendfile") != 0 || to == NULL ||
	    r->phase == RULE_HEADERS || r->status != 200 || *to == '/')
		return NULL;
	return "it asks another server, which the web server here cannot do: "
	       "it is answered by 502";
}

static void
put_json(void *o)
{
	json_object_put(o);
}

/*
 * {"accepted": [{file, line, text}], "refused": [{file, line, text, why}]}; one
 * that is accepted has a why if it will not do here.
 */
static const char *
report(struct build *b, const struct rules *r)
{
	struct json_object *all = json_object_new_object(), *list;
	size_t i;

	arena_defer(b->arena, put_json, all);
	list = json_object_new_array();
	for (i = 0; i < r->n; i++)
		json_object_array_add(list,
		    line(b, r->rules[i].file, r->rules[i].line,
			r->rules[i].text, unserved(b, &r->rules[i])));
	json_object_object_add(all, "accepted", list);
	list = json_object_new_array();
	for (i = 0; i < r->nrefused; i++)
		json_object_array_add(list,
		    line(b, r->refused[i].file, r->refused[i].line,
			r->refused[i].text, r->refused[i].why));
	json_object_object_add(all, "refused", list);
	return json_object_to_json_string_ext(all, JSON_C_TO_STRING_PLAIN);
}

static void
say(struct build *b, const struct rules *r)
{
	const struct refusal *f = r->refused;
	const char *why;
	size_t i, told = 0;

	for (i = 0; i < r->n && told < SITERULES_TOLD; i++) {
		if ((why = unserved(b, &r->rules[i])) == NULL)
			continue;
		journal_say(b->journal, "%s:%u: %s (%.200s)", r->rules[i].file,
		    r->rules[i].line, why, r->rules[i].text);
		told++;
	}
	for (i = 0; i < r->nrefused && i < SITERULES_TOLD; i++, f++)
		journal_say(b->journal, "%s:%u: %s (%.200s)", f->file, f->line,
		    f->why, f->text);
	if (i < r->nrefused)
		journal_say(b->journal, "%zu more lines are refused",
		    r->nrefused - i);
	journal_say(b->journal, "%zu rule%s for serving, %zu refused", r->n,
	    r->n == 1 ? "" : "s", r->nrefused);
}

enum rc
siterules_publish(struct build *b, struct manifest_writer *w)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	crypto_hash_sha256_state sum;
	struct rules rules;
	void *table;
	size_t n;
	enum rc rc;

	rules_init(&rules, b->arena);
	crypto_hash_sha256_init(&sum);
	gather(b, &rules, &sum);
	crypto_hash_sha256_final(&sum, hash);
	if ((rc = rules_compile(&rules, &table, &n)) == RC_TOO_LARGE)
		return build_fail(b, "rules",
		    "the site's rules are larger than %u MiB, compiled",
		    TABLE_MAX >> 20);
	if (rc != RC_OK || rules.n + rules.nrefused == 0)
		return rc;
	say(b, &rules);
	/* The table is another each time, for it is salted. */
	rc = manifest_set(w, "rule-files",
	    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)));
	if (rc == RC_OK)
		rc = manifest_set(w, "report", report(b, &rules));
	if (rc == RC_OK && rules.n > 0)
		rc = manifest_put(w, "rules", table, n);
	return rc;
}

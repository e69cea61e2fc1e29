#include <sys/stat.h>

#include <json-c/json.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "rules/compile.h"
#include "rules/crowd.h"
#include "rules/headers.h"
#include "rules/netlify.h"
#include "rules/redirects.h"
#include "rules/vercel.h"
#include "siterules.h"
#include "toml.h"
#include "tree.h"

#define LOST "nothing in it would be obeyed, and what it protects be open"

/*
 * A file of the output, if it is there.  One that cannot be obeyed ends the
 * deployment: it may say who must not see what.
 */
static enum rc
load(struct build *b, struct arena *a, const char *name, size_t max,
    struct netlify_file *f)
{
	struct stat st;
	int fd;

	*f = (struct netlify_file){ .name = name };
	if (tree_is_odd(b->output_fd, name))
		return build_fail(b, "rules",
		    "%s is no regular file, and links are not followed: " LOST
		    "; put the file itself into %s",
		    name, b->output_dir);
	if ((fd = tree_file(b->output_fd, name)) == -1)
		return RC_OK;
	if (fstat(fd, &st) == -1)
		st.st_size = 0;
	close(fd);
	if ((size_t)st.st_size > max)
		return build_fail(b, "rules",
		    "%s has %lld bytes, and may have %zu: " LOST
		    "; a \"*\" or a \":name\" may stand for many lines",
		    name, (long long)st.st_size, max);
	f->text = tree_read(a, b->output_fd, name, max, &f->n);
	if (f->text == NULL)
		return build_fail(b, INTERNAL, "%s cannot be read", name);
	return RC_OK;
}

/* They are read where the site is, as Netlify does. */
static void
tell_strays(const struct build *b, struct rules *rules)
{
	size_t i;

	for (i = 0; i < b->nstrays; i++)
		rules_refuse(rules, &(struct spot){ b->strays[i], 0, NULL }, "",
		    "it is not obeyed: it is read from the output directory "
		    "alone, and %s has none; let the build put it there",
		    b->output_dir);
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

/* What was built elsewhere is not built here, whatever its files say. */
static void
say_unused(struct build *b, const char *path, struct json_object *o)
{
	const char *list = repofile_settings(b->arena, o);

	if (*list != '\0')
		journal_say(b->journal,
		    "%s: ignored, for nothing is built here: %s", path, list);
}

static enum rc
read_vercel(struct build *b, struct rules *rules, crypto_hash_sha256_state *sum)
{
	const char *path = "vercel.json", *why;
	struct json_object *o;
	enum rc rc;

	if (tree_is_odd(b->output_fd, path))
		return build_fail(b, "config", "%s is no regular file", path);
	rc = package_json(rules->arena, b->output_fd, path, &o, &why);
	if (rc == RC_INVALID)
		return build_fail(b, "config", "%s", why);
	if (rc == RC_OK) {
		say_unused(b, path, o);
		vercel(sum, rules, path, o);
	}
	return RC_OK;
}

/* Of what was uploaded ready made; elsewhere it was read before the build. */
static enum rc
load_toml(struct build *b, struct arena *a, struct netlify_file *toml)
{
	struct json_object *o;
	const char *why;
	enum rc rc;

	rc = load(b, a, "netlify.toml", TOML_MAX, toml);
	if (rc != RC_OK || toml->text == NULL)
		return rc;
	if (toml_parse(a, toml->text, toml->n, &o, &why) != RC_OK)
		return build_fail(b, "config", "netlify.toml: %s", why);
	say_unused(b, toml->name, o);
	return RC_OK;
}

/*
 * netlify.toml and vercel.json were read before the build, which has no say in
 * them; what was built elsewhere has them in its output.  Netlify's files come
 * first: of two rules that fit the first wins.
 */
static enum rc
gather(struct build *b, struct rules *rules, crypto_hash_sha256_state *sum)
{
	int prebuilt = strcmp(b->c.source, "prebuilt") == 0;
	struct arena *a = rules->arena;
	struct netlify_file redirects, headers;
	struct netlify_file toml = { b->repo.netlify_path, b->repo.netlify_text,
		b->repo.netlify_size };
	enum rc rc;

	rc = load(b, a, "_redirects", REDIRECTS_BYTES_MAX, &redirects);
	if (rc == RC_OK)
		rc = load(b, a, "_headers", HEADERS_BYTES_MAX, &headers);
	if (rc == RC_OK && prebuilt)
		rc = load_toml(b, a, &toml);
	if (rc != RC_OK)
		return rc;
	digest(sum, redirects.text, redirects.n);
	digest(sum, headers.text, headers.n);
	digest(sum, toml.text, toml.n);
	netlify_read(rules, &redirects, &headers, &toml);
	if (prebuilt)
		return read_vercel(b, rules, sum);
	if (b->repo.vercel_json != NULL)
		vercel(sum, rules, b->repo.vercel_path, b->repo.vercel_json);
	tell_strays(b, rules);
	return RC_OK;
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
line(struct build *b, const struct spot *at, const char *text, const char *why)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "file", json_object_new_string(at->file));
	if (at->entry != NULL)
		json_object_object_add(o, "entry",
		    json_object_new_string(at->entry));
	else if (at->line > 0)
		json_object_object_add(o, "line",
		    json_object_new_int64(at->line));
	json_object_object_add(o, "text",
	    json_object_new_string(redacted(b, text)));
	if (why != NULL)
		json_object_object_add(o, "why",
		    json_object_new_string(redacted(b, why)));
	return o;
}

/* What is odd about a rule that was taken, or why it will not do; or NULL. */
static const char *
odd(const struct build *b, const struct rule *r)
{
	const char *to = r->to.n > 0 ? r->to.piece->text : NULL;

	if (strcmp(b->conf->sendfile, "xsendfile") != 0 || to == NULL ||
	    r->phase == RULE_HEADERS || r->status != 200 || *to == '/')
		return r->note;
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
 * that is accepted has a why if it is odd or will not do here.  In place of a
 * line there is an entry, or neither for all of a file.
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
		    line(b, &r->rules[i].at, r->rules[i].text,
			odd(b, &r->rules[i])));
	json_object_object_add(all, "accepted", list);
	list = json_object_new_array();
	for (i = 0; i < r->nrefused; i++)
		json_object_array_add(list,
		    line(b, &r->refused[i].at, r->refused[i].text,
			r->refused[i].why));
	json_object_object_add(all, "refused", list);
	return json_object_to_json_string_ext(all,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void
say_one(struct build *b, const struct spot *at, const char *text,
    const char *why)
{
	journal_say(b->journal,
	    *text != '\0' ? "%s: %s (%.200s)" : "%s: %s%.0s",
	    spot_name(b->arena, at), why, text);
}

static void
say(struct build *b, const struct rules *r)
{
	const struct refusal *f = r->refused;
	const char *why;
	size_t i, told = 0;

	for (i = 0; i < r->n && told < SITERULES_TOLD; i++) {
		if ((why = odd(b, &r->rules[i])) == NULL)
			continue;
		say_one(b, &r->rules[i].at, r->rules[i].text, why);
		told++;
	}
	for (i = 0; i < r->nrefused && i < SITERULES_TOLD; i++, f++)
		say_one(b, &f->at, f->text, f->why);
	if (i < r->nrefused)
		journal_say(b->journal, "%zu more lines are refused",
		    r->nrefused - i);
	journal_say(b->journal, "%zu rule%s for serving, %zu refused", r->n,
	    r->n == 1 ? "" : "s", r->nrefused);
}

static enum rc
crowded(struct rules *rules, const void *p, size_t n)
{
	struct table *t;
	enum rc rc;

	if ((rc = table_open(&t, p, n)) == RC_OK) {
		crowd_note(rules, t);
		table_close(t);
	}
	return rc;
}

enum rc
siterules_publish(struct build *b, struct pairs_writer *w)
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
	if ((rc = gather(b, &rules, &sum)) != RC_OK)
		return rc;
	crypto_hash_sha256_final(&sum, hash);
	if ((rc = rules_compile(&rules, &table, &n)) == RC_TOO_LARGE)
		return build_fail(b, "rules",
		    "the site's rules are larger than %u MiB, compiled: a "
		    "\"*\" or a \":name\" may stand for many of them",
		    TABLE_MAX >> 20);
	if (rc == RC_OK)
		rc = crowded(&rules, table, n);
	rules_sort(&rules);
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

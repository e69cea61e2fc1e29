/*
 * What rules answer, a line for each line of standard input; its words are
 * divided by tabs:
 *
 *	rules _redirects _headers netlify.toml	files, or "" for none
 *	ask path query host scheme country language cookie
 *	headers path
 *
 * The first answers how many rules there are and what is refused, as JSON; the
 * second which rule comes first, and the third headers, as JSON.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules/compile.h"
#include "rules/match.h"
#include "rules/netlify.h"

#define WORDS 8

static struct arena *arena;
static struct table *table;
static struct regexes *regexes;
static const char *language, *cookie;

static const char *
header(void *unused, const char *name)
{
	(void)unused;
	if (strcasecmp(name, "accept-language") == 0)
		return language;
	return strcasecmp(name, "cookie") == 0 ? cookie : "";
}

static struct netlify_file
load(const char *path, const char *name)
{
	struct netlify_file f = { .name = name };
	FILE *in;
	char *p;

	if (*path == '\0')
		return f;
	if ((in = fopen(path, "re")) == NULL)
		exit(1);
	p = arena_alloc(arena, 4 << 20);
	f.n = fread(p, 1, 4 << 20, in);
	f.text = p;
	fclose(in);
	return f;
}

static void
rules(char *const words[])
{
	struct json_object *list = json_object_new_array(), *o;
	struct netlify_file r, h, t;
	struct rules all;
	void *p;
	size_t n, i;

	table_close(table);
	arena_reset(arena);
	r = load(words[1], "_redirects");
	h = load(words[2], "_headers");
	t = load(words[3], "netlify.toml");
	rules_init(&all, arena);
	netlify_read(&all, &r, &h, &t);
	if (rules_compile(&all, &p, &n) != RC_OK ||
	    table_open(&table, p, n) != RC_OK)
		exit(1);
	for (i = 0; i < all.nrefused; i++) {
		o = json_object_new_object();
		json_object_object_add(o, "file",
		    json_object_new_string(all.refused[i].at.file));
		json_object_object_add(o, "line",
		    json_object_new_int((int)all.refused[i].at.line));
		json_object_object_add(o, "why",
		    json_object_new_string(all.refused[i].why));
		json_object_array_add(list, o);
	}
	printf("%zu\t%s\n", all.n, json_object_to_json_string(list));
	json_object_put(list);
}

static enum rc
first(struct match_request *req, struct match *m)
{
	enum rc rc = match_before(table, req, arena, m);

	if (rc == RC_NOT_FOUND)
		rc = match_first(table, RULE_AFTER, 0, req, arena, m);
	return rc;
}

static void
ask(char *const words[])
{
	static const char *const actions[] = { "redirect", "rewrite", "proxy",
		"page", "stay" };
	struct match_request req = { .path = words[1],
		.query = words[2],
		.host = words[3],
		.scheme = words[4],
		.country = words[5],
		.header = header,
		.regexes = regexes };
	struct match m;
	enum rc rc;

	language = words[6];
	cookie = words[7];
	if ((rc = first(&req, &m)) != RC_OK)
		printf("%s\n", rc_name(rc));
	else
		printf("%s\t%d\t%s\t%s:%u\t%d\n", actions[m.action], m.status,
		    m.to, m.at.file, m.at.line, req.looked);
}

static void
headers(char *const words[])
{
	struct match_request req = { .path = words[1],
		.query = "",
		.host = "",
		.scheme = "https",
		.country = "",
		.header = header,
		.regexes = regexes };
	struct json_object *o = json_object_new_object();
	struct match_headers *h = arena_alloc(arena, sizeof(*h));
	size_t i;

	if (match_headers(table, &req, arena, h) != RC_OK)
		exit(1);
	for (i = 0; i < h->n; i++)
		json_object_object_add(o, h->h[i].name,
		    h->h[i].value != NULL ?
			json_object_new_string(h->h[i].value) :
			NULL);
	printf("%s\n", json_object_to_json_string(o));
	json_object_put(o);
}

int
main(void)
{
	char *line = NULL, *rest, *words[WORDS], *word;
	size_t size = 0, n;

	arena = arena_new();
	regexes = regexes_new(1 << 20);
	while (getline(&line, &size, stdin) != -1) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		for (n = 0; n < WORDS; n++) {
			word = strsep(&rest, "\t");
			words[n] = word != NULL ? word : strchr(line, '\0');
		}
		if (strcmp(words[0], "rules") == 0)
			rules(words);
		else if (strcmp(words[0], "ask") == 0)
			ask(words);
		else
			headers(words);
		fflush(stdout);
	}
	free(line);
	table_close(table);
	regexes_free(regexes);
	arena_free(arena);
	return 0;
}

/*
 * What a vercel.json answers, a line for each line of standard input:
 *
 *	C json		a vercel.json; answers what is refused of it
 *	F json		the paths of the files there are
 *	R json		a request: path (decoded), query, host, headers
 *
 * A request is asked in the order that a server asks: what comes before files,
 * headers, files, what comes after them.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "rules/compile.h"
#include "rules/match.h"
#include "rules/vercel.h"

static struct arena *config, *asking;
static struct table *table;
static struct regexes *regexes;
static struct rules_settings settings;
static struct json_object *files, *request;

static void
put(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name,
	    value != NULL ? json_object_new_string(value) : NULL);
}

static void
show(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	fflush(stdout);
	json_object_put(o);
}

static struct json_object *
parse(struct arena *a, const char *text)
{
	struct json_object *o;
	const char *why;

	if (js_parse(a, text, strlen(text), &o, &why) != RC_OK) {
		fprintf(stderr, "%s: %s\n", why, text);
		exit(1);
	}
	return o;
}

static void
read_config(const char *text)
{
	struct json_object *list = json_object_new_array(), *o;
	struct rules r;
	size_t n, i;
	void *p;

	table_close(table);
	arena_reset(config);
	rules_init(&r, config);
	vercel_read(&r, "vercel.json", parse(config, text));
	if (rules_compile(&r, &p, &n) != RC_OK ||
	    table_open(&table, p, n) != RC_OK)
		exit(1);
	settings = r.settings;
	for (i = 0; i < r.nrefused; i++) {
		o = json_object_new_object();
		put(o, "text", r.refused[i].text);
		put(o, "why", r.refused[i].why);
		json_object_array_add(list, o);
	}
	show(list);
}

static const char *
header(void *unused, const char *name)
{
	struct json_object *list = json_object_object_get(request, "headers");

	(void)unused;
	json_object_object_foreach(list, key, v)
	{
		if (strcasecmp(key, name) == 0)
			return json_object_get_string(v);
	}
	return "";
}

/* The file of a path, or NULL. */
static const char *
file_of(const char *path)
{
	static const char *const ways[] = { "%.*s", "%.*s/index.html",
		"%.*s.html" };
	size_t n = strlen(path), i, k;
	const char *name, *s;

	for (k = 0; k < NITEMS(ways) - (settings.clean_urls != 1); k++) {
		if (k > 0 && path[n - 1] == '/')
			n--;
		name = arena_printf(asking, ways[k], (int)n, path);
		for (i = 0; i < json_object_array_length(files); i++) {
			s = json_object_get_string(
			    json_object_array_get_idx(files, i));
			if (strcmp(s, name) == 0)
				return s;
		}
	}
	return NULL;
}

static void
put_headers(struct json_object *o, struct match_request *req)
{
	struct match_headers *h = arena_alloc(asking, sizeof(*h));
	struct json_object *list = json_object_new_object();
	size_t i;

	if (match_headers(table, req, asking, h) != RC_OK)
		exit(1);
	for (i = 0; i < h->n; i++)
		put(list, h->h[i].name, h->h[i].value);
	json_object_object_add(o, "headers", list);
}

/* Of a destination: without query and empty parts, decoded. */
static const char *
path_of(const char *to)
{
	char *out = arena_strndup(asking, to, strcspn(to, "?#")), *p = out;
	const char *s;
	unsigned int c;

	for (s = out; *s != '\0'; s++)
		if (*s == '%' && sscanf(s + 1, "%2x", &c) == 1) {
			*p++ = (char)c;
			s += 2;
		} else if (*s != '/' || p == out || p[-1] != '/')
			*p++ = *s;
	*p = '\0';
	return out;
}

static void
after(struct json_object *o, struct match_request *req)
{
	const char *file;
	struct match m;
	uint32_t from = 0;
	enum rc rc;

	while ((rc = match_first(table, RULE_AFTER, from, req, asking, &m)) ==
	    RC_OK) {
		from = m.next;
		if (m.action == MATCH_PROXY) {
			put(o, "proxy", m.to);
			return;
		}
		if ((file = file_of(path_of(m.to))) != NULL) {
			put(o, "file", file);
			return;
		}
		if (!m.check)
			break;
		match_retarget(req, path_of(m.to), req->query);
	}
	put(o, "file", NULL);
}

static void
ask(const char *text)
{
	struct json_object *o = json_object_new_object();
	struct match_request req = { .country = "",
		.scheme = "https",
		.header = header,
		.regexes = regexes };
	const char *file;
	struct match m;
	enum rc rc;

	arena_reset(asking);
	request = parse(asking, text);
	req.path = js_string(request, "path");
	req.query = js_string(request, "query");
	req.host = js_string(request, "host");
	regexes_begin(regexes);
	rc = match_first(table, RULE_BEFORE, 0, &req, asking, &m);
	if (rc == RC_OK) {
		json_object_object_add(o, "status",
		    json_object_new_int(m.status));
		put(o, "location", m.to);
		show(o);
		return;
	}
	if (rc != RC_NOT_FOUND)
		exit(1);
	put_headers(o, &req);
	if ((file = file_of(req.path)) != NULL)
		put(o, "file", file);
	else
		after(o, &req);
	show(o);
}

int
main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	config = arena_new();
	asking = arena_new();
	regexes = regexes_new(1 << 20);
	while ((n = getline(&line, &room, stdin)) > 2) {
		line[n - 1] = '\0';
		if (*line == 'C')
			read_config(line + 2);
		else if (*line == 'R')
			ask(line + 2);
		else {
			json_object_put(files);
			files = json_tokener_parse(line + 2);
		}
	}
	json_object_put(files);
	table_close(table);
	regexes_free(regexes);
	arena_free(asking);
	arena_free(config);
	free(line);
	return 0;
}

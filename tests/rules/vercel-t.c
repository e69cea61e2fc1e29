/* vercel.json: what it becomes, what is refused, and its limits. */
#include <json-c/json.h>
#include <stdlib.h>

#include "tap.h"
#include "vercel.h"

static struct arena *arena;

static void
drop(void *o)
{
	json_object_put(o);
}

static void
read_text(struct rules *r, const char *text)
{
	struct json_object *o = json_tokener_parse(text);

	rules_init(r, arena);
	if (o == NULL) {
		fprintf(stderr, "no JSON: %s\n", text);
		exit(1);
	}
	arena_defer(arena, drop, o);
	vercel_read(r, "vercel.json", o);
}

static const char *
flat(struct pieces p)
{
	const char *s = "";
	size_t i;

	for (i = 0; i < p.n; i++)
		s = p.piece[i].text != NULL ?
		    arena_printf(arena, "%s%s", s, p.piece[i].text) :
		    arena_printf(arena, "%s<%s>", s, p.piece[i].capture);
	return s;
}

/* clang-format off */
/* One entry; its rule is "phase status query check pattern -> to". */
static const struct {
	const char *text, *rule;
} taken[] = {
	{ "{'redirects':[{'source':'/a','destination':'/b'}]}",
	    "0 308 1 0 /a -> /b" },
	{ "{'redirects':[{'source':'/a','destination':'/b','permanent':false}]}",
	    "0 307 1 0 /a -> /b" },
	{ "{'redirects':[{'source':'/a','destination':'/b','permanent':true}]}",
	    "0 308 1 0 /a -> /b" },
	{ "{'redirects':[{'source':'/a','destination':'/b','statusCode':303}]}",
	    "0 303 1 0 /a -> /b" },
	{ "{'redirects':[{'source':'/a/:x','destination':'/b/:x?q=:x&r=1#:x'}]}",
	    "0 308 1 0 /a(?:/([^/]+)) -> /b/<1>?q=<1>&r=1#<1>" },
	{ "{'redirects':[{'source':'/a/:x','destination':'https://:x.e.test:80'}]}",
	    "0 308 1 0 /a(?:/([^/]+)) -> https://<1>.e.test:80/" },
	{ "{'redirects':[{'source':'/a/(b)(c)','destination':'/$2/$1/$3$'}]}",
	    "0 308 1 0 /a(?:/(b))(c) -> /<2>/<1>/$3$" },
	{ "{'redirects':[{'source':'/a/:x*','destination':'/b c/\u00e9/:x*'}]}",
	    "0 308 1 0 /a(?:/((?:[^/]+)(?:/(?:[^/]+))*))? -> /b%20c/%C3%A9/<1>" },
	{ "{'redirects':[{'source':'/:x','destination':'/:x'}]}",
	    "0 308 1 0 (?!/\\.well-known(?:/|$))(?:/([^/]+)) -> /<1>" },
	{ "{'redirects':[{'source':'/a','destination':'/:k/:g/:host','has':["
	  "{'type':'cookie','key':'k'},{'type':'header','key':'h','value':'(?<g>.)'},"
	  "{'type':'host','value':'e'}]}]}",
	    "0 308 1 0 /a -> /<k>/<g>/<host>" },
	{ "{'redirects':[{'source':'/:k/b','destination':'/:k',"
	  "'has':[{'type':'query','key':'k'}]}]}",
	    "0 308 1 0 (?!/\\.well-known(?:/|$))(?:/([^/]+))/b -> /<k>" },
	{ "{'rewrites':[{'source':'/a','destination':'/b.html?x=1'}]}",
	    "1 200 0 1 /a -> /b.html?x=1" },
	{ "{'rewrites':[{'source':'/a','destination':'/b.html','statusCode':404}]}",
	    "1 404 0 0 /a -> /b.html" },
	{ "{'rewrites':[{'source':'/a/:x','destination':'https://e.test',"
	  "'respectOriginCacheControl':false}]}",
	    "1 200 1 0 /a(?:/([^/]+)) -> https://e.test/?x=<1>" },
	{ "{'rewrites':[{'source':'/a/:x/:y','destination':'http://e.test/?x=2'}]}",
	    "1 200 1 0 /a(?:/([^/]+))(?:/([^/]+)) -> http://e.test/?x=2&y=<2>" },
	{ "{'rewrites':[{'source':'/a/:x','destination':'hTTp://e.test/:x'}]}",
	    "1 200 1 0 /a(?:/([^/]+)) -> http://e.test/<1>" },
	{ "{'headers':[{'source':'/a','headers':[]}]}",
	    "2 0 0 0 /a -> " },
	{ "{'trailingSlash':false}",
	    "0 308 1 0 (?!/\\.well-known(?:/|$))/(.+)/ -> /<1>" },
};

/* What is refused: its entry, and a part of why. */
static const struct {
	const char *text, *entry, *why;
} bad[] = {
	{ "{'redirects':1}", "redirects", "no list" },
	{ "{'redirects':[1]}", "redirects[0]", "no object" },
	{ "{'redirects':[{'destination':'/b'}]}", "redirects[0]", "source: is missing" },
	{ "{'redirects':[{'source':'/a'}]}", "redirects[0]", "destination: is missing" },
	{ "{'redirects':[{'source':1,'destination':'/b'}]}", "redirects[0]", "source: is not a string" },
	{ "{'redirects':[{'source':'/a','destination':'/b','x':1}]}", "redirects[0]", "x: there is no such key" },
	{ "{'redirects':[{'source':'/a','destination':'/b','headers':[]}]}", "redirects[0]", "headers: there is no such key" },
	{ "{'redirects':[{'source':'/a','destination':'/b','permanent':1}]}", "redirects[0]", "permanent: is not a boolean" },
	{ "{'redirects':[{'source':'/a','destination':'/b','permanent':true,'statusCode':301}]}", "redirects[0]", "leave one out" },
	{ "{'redirects':[{'source':'/a','destination':'/b','statusCode':304}]}", "redirects[0]", "301, 302" },
	{ "{'redirects':[{'source':'/a','destination':'/b','env':[]}]}", "redirects[0]", "env: variables" },
	{ "{'rewrites':[{'source':'/a','destination':{'service':'x'}}]}", "rewrites[0]", "services" },
	{ "{'rewrites':[{'source':'/a','destination':'/b','transforms':[]}]}", "rewrites[0]", "functions" },
	{ "{'rewrites':[{'source':'/a','destination':'/b','statusCode':500}]}", "rewrites[0]", "200, 404 or 410" },
	{ "{'rewrites':[{'source':'/a','destination':'https://u:p@e.test/'}]}", "rewrites[0]", "host" },
	{ "{'rewrites':[{'source':'/:x','destination':'https://:x/'}]}", "rewrites[0]", "fixed" },
	{ "{'rewrites':[{'source':'/:x','destination':'/:y'}]}", "rewrites[0]", ":y" },
	{ "{'headers':[{'source':'/a'}]}", "headers[0]", "headers: is missing" },
	{ "{'headers':[{'source':'/a','headers':[{'key':'a'}]}]}", "headers[0]", "an entry is not" },
	{ "{'headers':[{'source':'/a','headers':[{'key':'a b','value':''}]}]}", "headers[0]", "no name" },
	{ "{'headers':[{'source':'/a','headers':[{'key':'Date','value':''}]}]}", "headers[0]", "nobody may set" },
	{ "{'headers':[{'source':'/a','headers':[{'key':'a','value':'b\\r\\nc: d'}]}]}", "headers[0]", "control" },
	{ "{'redirects':[{'source':'/a','destination':'/b','has':[{'type':'path','value':'x'}]}]}", "redirects[0]", "has[0]: type" },
	{ "{'redirects':[{'source':'/a','destination':'/b','missing':[{'type':'query'}]}]}", "redirects[0]", "missing[0]: has no key" },
	{ "{'redirects':[{'source':'/a','destination':'/b','has':[{'type':'host'}]}]}", "redirects[0]", "has no value" },
	{ "{'redirects':[{'source':'/a','destination':'/b','has':[{'type':'host','key':'x','value':'y'}]}]}", "redirects[0]", "\"key\" is no key" },
	{ "{'redirects':[{'source':'/a','destination':'/b','has':[{'type':'query','key':'q','value':'('}]}]}", "redirects[0]", "value: " },
	{ "{'redirects':[{'source':'/a','destination':'/b','has':[{'type':'query','key':'q','value':'a)|(b'}]}]}", "redirects[0]", "value: " },
	{ "{'redirects':[{'source':'/a','destination':'/b','has':[{'type':'query','key':'q','value':{'re':'a)|(b'}}]}]}", "redirects[0]", "value: " },
	{ "{'redirects':[{'source':'/a','destination':'/b','has':[{'type':'query','key':'q','value':{'is':'x'}}]}]}", "redirects[0]", "no operator" },
	{ "{'redirects':[{'source':'/a','destination':'/b','has':[{'type':'query','key':'q','value':{'gt':'x'}}]}]}", "redirects[0]", "gt is no number" },
	{ "{'redirects':[{'source':'/a','destination':'/b','has':[{'type':'query','key':'q','value':{}}]}]}", "redirects[0]", "asks nothing" },
	{ "{'cleanUrls':'yes'}", "cleanUrls", "neither true nor false" },
	{ "{'routes':[]}", "routes", "not used: these are of an older kind" },
	{ "{'crons':[]}", "crons", "not used" },
	{ "{'functions':{}}", "functions", "not used" },
	{ "{'nothing':1}", "nothing", "no such key" },
	{ "{'buildCommand':'x','outputDirectory':'y','version':2,'$schema':'z'}", NULL, NULL },
};
/* clang-format on */

static const char *
quoted(const char *s)
{
	char *copy = arena_strndup(arena, s, strlen(s)), *p;

	for (p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

/* n times an entry, in a list of that name. */
static const char *
many(const char *list, const char *entry, size_t n)
{
	char *text = arena_alloc(arena, n * (strlen(entry) + 1) + 64), *p;

	p = text + sprintf(text, "{\"%s\":[", list);
	for (; n > 0; n--)
		p += sprintf(p, "%s%s", entry, n > 1 ? "," : "");
	strcpy(p, "]}");
	return text;
}

static void
limits(void)
{
	const char *entry = "{\"source\":\"/a\",\"destination\":\"/b\"}";
	const char *c = "{\"type\":\"query\",\"key\":\"q\"}", *text;
	const char *has, *missing;
	struct rules r;
	size_t i;

	read_text(&r, many("redirects", entry, VERCEL_ENTRIES_MAX));
	ok(r.n == VERCEL_ENTRIES_MAX && r.nrefused == 0, "2048 entries");
	read_text(&r, many("redirects", entry, VERCEL_ENTRIES_MAX + 3));
	ok(r.n == VERCEL_ENTRIES_MAX && r.nrefused == 1, "and no more");
	is(r.refused[0].text, "redirects[2048] to [2050]", "the rest is named");

	text = many("x", "{\"key\":\"A\",\"value\":\"b\"}", 1024);
	text = arena_printf(arena,
	    "{\"headers\":[{\"source\":\"/a\",\"headers\":%.*s}]}",
	    (int)strlen(text) - 6, text + 5);
	read_text(&r, text);
	ok(r.n == 1 && r.nrefused == 0 && r.rules[0].nheaders == 1,
	    "1024 headers of an entry, of one name");
	text = many("x", "{\"key\":\"A\",\"value\":\"b\"}", 1025);
	text = arena_printf(arena,
	    "{\"headers\":[{\"source\":\"/a\",\"headers\":%.*s}]}",
	    (int)strlen(text) - 6, text + 5);
	read_text(&r, text);
	ok(r.n == 0 && r.nrefused == 1, "and no more: %s", r.refused[0].why);

	for (i = 16; i <= 17; i++) {
		has = many("has", c, i);
		missing = many("missing", c, 16);
		read_text(&r,
		    arena_printf(arena,
			"{\"redirects\":[{\"source\":\"/a\","
			"\"destination\":\"/b\",%.*s,%.*s}]}",
			(int)strlen(has) - 2, has + 1, (int)strlen(missing) - 2,
			missing + 1));
		ok(i == 16 ? r.n == 1 && r.rules[0].nconditions == 32 :
			     r.n == 0 && r.nrefused == 1,
		    "%zu of has, 16 of missing: %s", i,
		    r.nrefused > 0 ? r.refused[0].why : "taken");
	}
}

static void
whole(void)
{
	const struct condition *c;
	struct rules r;

	read_text(&r,
	    quoted("{'cleanUrls':true,'trailingSlash':true,"
		   "'rewrites':[{'source':'/r','destination':'/x'}],"
		   "'headers':[{'source':'/h/:x','headers':[{'key':'X-A',"
		   "'value':'1 :x :xy :y $1 $2 https://e'}]}],"
		   "'redirects':[{'source':'/r','destination':'/x','has':["
		   "{'type':'header','key':'K','value':{'pre':'a.','gte':1,"
		   "'lt':2.5}}],'missing':[{'type':'cookie','key':'c'}]}]}"));
	ok(r.settings.vercel == 1 && r.settings.clean_urls == 1 &&
		r.settings.trailing_slash == 1,
	    "settings");
	ok(r.n == 8, "%zu rules", r.n);
	is(r.rules[0].text, "cleanUrls /index.html",
	    "first what a page is called");
	is(spot_name(arena, &r.rules[2].at), "vercel.json cleanUrls",
	    "by what says so");
	is(r.rules[3].text, "trailingSlash /*", "then slashes");
	is(spot_name(arena, &r.rules[3].at), "vercel.json trailingSlash",
	    "by what says that");
	is(r.rules[5].text, "/r /x", "then redirects");
	is(r.rules[5].at.entry, "redirects[0]", "by their numbers");
	is(spot_name(arena, &r.rules[6].at), "vercel.json headers[0]",
	    "then headers");
	is(r.rules[7].at.entry, "rewrites[0]", "then rewrites");
	is(flat(r.rules[6].headers[0].value), "1 <1> :xy :y <1> $2 https://e",
	    "a header's value");
	c = r.rules[5].conditions;
	is(c[0].regex, "^(?=a\\.)", "an object is a pattern");
	is(c[0].compare, ">=1 <2.5", "but for numbers");
	ok(c[0].what == CONDITION_HEADER && !c[0].missing &&
		c[0].capture == NULL,
	    "of a header");
	ok(c[1].what == CONDITION_COOKIE && c[1].missing &&
		c[1].regex == NULL && c[1].capture == NULL,
	    "and a cookie that is missing");
	read_text(&r,
	    quoted("{'redirects':[{'source':'/a','destination':'/b','has':["
		   "{'type':'host','value':'a|b'},"
		   "{'type':'query','key':'q','value':'a|b'}]}]}"));
	c = r.rules[0].conditions;
	is(c[0].regex, "^(?=(?:a|b)$)(?<host>[\\s\\S]*)",
	    "text fits all of a host");
	is(c[1].regex, "^(?=(?:a|b)$)", "and all of a value");
	read_text(&r, "{}");
	ok(r.n == 0 && r.nrefused == 0 && r.settings.vercel == 1 &&
		r.settings.clean_urls == -1,
	    "nothing is said");
}

int
main(void)
{
	const struct rule *rule;
	struct rules r;
	size_t i;

	arena = arena_new();
	for (i = 0; i < NITEMS(taken); i++) {
		read_text(&r, quoted(taken[i].text));
		ok(r.n == 1 && r.nrefused == 0, "%s: %s", taken[i].text,
		    r.nrefused > 0 ? r.refused[0].why : "");
		if (r.n == 0)
			continue;
		rule = &r.rules[0];
		is(arena_printf(arena, "%d %d %d %d %s -> %s", rule->phase,
		       rule->status, rule->query, rule->check,
		       rule->pattern.text, flat(rule->to)),
		    taken[i].rule, "and is that");
	}
	for (i = 0; i < NITEMS(bad); i++) {
		read_text(&r, quoted(bad[i].text));
		if (bad[i].why == NULL) {
			ok(r.nrefused == 0, "%s", bad[i].text);
			continue;
		}
		ok(r.nrefused == 1, "%s", bad[i].text);
		if (r.nrefused == 0)
			continue;
		is(r.refused[0].at.entry, bad[i].entry, "is refused");
		ok(strstr(r.refused[0].why, bad[i].why) != NULL, "%s",
		    r.refused[0].why);
	}
	whole();
	limits();
	arena_free(arena);
	return done();
}

/* lib/json: what is JSON, and what only looks like it. */
#include <stdlib.h>

#include "json.h"
#include "tap.h"

#define D16 "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"

/* clang-format off */
static const char *const good[] = {
	"{}", " { } ", "[]", "null", "0", "-0", "-1.5e+3", "\"\"", "true",
	"{\"a\":1,\"b\":{\"a\":1}}", "{\"a\":[1,2,{\"a\":null}]}",
	"\"\\u00e9\\ud83d\\ude00\\n\"", "\"\xc3\xa9\xf0\x9f\x98\x80\"",
	"9007199254740991", "-9007199254740991", "\"\x7f\"", D16,
};
static const struct {
	const char *text, *what;
} bad[] = {
	{ "", "nothing" },
	{ " ", "only a space" },
	{ "{", "half an object" },
	{ "{\"a\":1", "an object that does not end" },
	{ "{\"a\"}", "a key alone" },
	{ "{\"a\":}", "no value" },
	{ "{\"a\":1,}", "a comma too many" },
	{ "[1,]", "the same in a list" },
	{ "{a:1}", "a key without quotes" },
	{ "{'a':1}", "single quotes" },
	{ "{\"a\":1}x", "something after" },
	{ "{\"a\":1}{}", "two values" },
	{ "{\"a\":1,\"a\":2}", "a key twice" },
	{ "{\"x\":{\"a\":1,\"b\":2,\"a\":3}}", "the same further in" },
	{ "{\"\\u0061\":1}", "an escape in a key" },
	{ "NaN", "NaN" },
	{ "[Infinity]", "Infinity" },
	{ "[-Infinity]", "-Infinity" },
	{ "01", "a leading zero" },
	{ "+1", "a plus" },
	{ ".5", "no digit before the point" },
	{ "5.", "none after it" },
	{ "1e", "no exponent" },
	{ "0x10", "hexadecimal" },
	{ "1e999", "larger than a double" },
	{ "9007199254740992", "2^53" },
	{ "-9007199254740992", "-2^53" },
	{ "99999999999999999999", "twenty digits" },
	{ "\"a", "a string that does not end" },
	{ "\"\n\"", "a newline in a string" },
	{ "\"\\x41\"", "an escape that does not exist" },
	{ "\"\\u12\"", "half an escape" },
	{ "\"\\u0000\"", "NUL" },
	{ "\"\\ud800\"", "a high surrogate alone" },
	{ "\"\\ud800\\u0041\"", "one before a letter" },
	{ "\"\\udc00\"", "a low one alone" },
	{ "\"\xed\xa0\x80\"", "a surrogate in UTF-8" },
	{ "\"\xc0\xaf\"", "a longer form than needed" },
	{ "\"\xff\"", "no UTF-8 at all" },
	{ "\"\xe2\x82\"", "a character that is cut" },
	{ "\"\xf4\x90\x80\x80\"", "beyond Unicode" },
	{ "[" D16 "]", "seventeen levels" },
	{ "tru", "half a word" },
	{ "True", "a capital" },
	{ "// x\n{}", "a comment" },
	{ "/* x */{}", "another" },
	{ "\xef\xbb\xbf{}", "a byte order mark" },
};

static const struct js_field fields[] = {
	{ "slug", JS_STRING, JS_REQUIRED, 0, 0, NULL, valid_slug, NULL },
	{ "spa",  JS_STRING, 0, 0, 0, "auto|on|off", NULL, NULL },
	{ "days", JS_INT,    0, 1, 365, NULL, NULL, NULL },
	{ "yes",  JS_BOOL,   0, 0, 0, NULL, NULL, NULL },
	{ "list", JS_ARRAY,  0, 0, 0, NULL, NULL, NULL },
	{ "text", JS_STRING, 0, 2, 4, NULL, NULL, NULL },
	{ 0 }
};
static const struct {
	const char *text, *field, *code;
} checked[] = {
	{ "{\"slug\":\"a\"}", NULL, NULL },
	{ "{\"slug\":\"a\",\"spa\":\"on\",\"days\":365,\"yes\":false,\"list\":[],\"text\":\"ab\"}", NULL, NULL },
	{ "{\"slug\":\"a\",\"days\":null}", NULL, NULL },
	{ "{}", "slug", "required" },
	{ "{\"slug\":null}", "slug", "required" },
	{ "{\"slug\":\"A\"}", "slug", "format" },
	{ "{\"slug\":1}", "slug", "type" },
	{ "{\"slug\":\"a\",\"x\":1}", "x", "unknown" },
	{ "{\"slug\":\"a\",\"spa\":\"o\"}", "spa", "choice" },
	{ "{\"slug\":\"a\",\"spa\":\"on|off\"}", "spa", "choice" },
	{ "{\"slug\":\"a\",\"spa\":\"\"}", "spa", "choice" },
	{ "{\"slug\":\"a\",\"days\":0}", "days", "range" },
	{ "{\"slug\":\"a\",\"days\":366}", "days", "range" },
	{ "{\"slug\":\"a\",\"days\":1.5}", "days", "type" },
	{ "{\"slug\":\"a\",\"days\":\"1\"}", "days", "type" },
	{ "{\"slug\":\"a\",\"yes\":1}", "yes", "type" },
	{ "{\"slug\":\"a\",\"list\":{}}", "list", "type" },
	{ "{\"slug\":\"a\",\"text\":\"a\"}", "text", "length" },
	{ "{\"slug\":\"a\",\"text\":\"abcde\"}", "text", "length" },
};
/* clang-format on */

/* "[x,x,x]", with n of them. */
static int
takes(struct arena *a, const char *x, int n)
{
	char *text = malloc(strlen(x) * (size_t)n + (size_t)n + 2), *p = text;
	struct json_object *o;
	const char *why;
	enum rc rc;
	int i;

	for (i = 0; i < n; i++)
		p += sprintf(p, "%c%s", i == 0 ? '[' : ',', x);
	*p++ = ']';
	rc = js_parse(a, text, (size_t)(p - text), &o, &why);
	free(text);
	return rc == RC_OK;
}

/* What is small on the wire and large in memory. */
static void
counts(struct arena *a)
{
	ok(takes(a, "{}", JS_KEYS_MAX), "many objects");
	ok(!takes(a, "{}", JS_KEYS_MAX + 1), "too many");
	ok(takes(a, "[]", JS_LISTS_MAX - 1), "many lists");
	ok(!takes(a, "[]", JS_LISTS_MAX), "too many");
	ok(takes(a, "0", JS_VALUES_MAX - 1), "many values");
	ok(!takes(a, "0", JS_VALUES_MAX), "too many");
}

static void
limits(struct arena *a)
{
	char *text = malloc(JS_STRING_MAX + 20), *p;
	struct json_object *o;
	const char *why;
	int i, n;

	for (n = JS_STRING_MAX; n <= JS_STRING_MAX + 1; n++) {
		memset(text, 'a', (size_t)n + 1);
		text[0] = text[n + 1] = '"';
		ok((js_parse(a, text, (size_t)n + 2, &o, &why) == RC_OK) ==
			(n == JS_STRING_MAX),
		    "a string of %d bytes", n);
	}
	for (n = JS_KEYS_MAX; n <= JS_KEYS_MAX + 1; n++) {
		for (p = text, i = 0; i < n; i++)
			p += sprintf(p, "%c\"k%d\":1", i == 0 ? '{' : ',', i);
		p += sprintf(p, "}");
		ok((js_parse(a, text, (size_t)(p - text), &o, &why) == RC_OK) ==
			(n == JS_KEYS_MAX),
		    "%d keys", n);
	}
	free(text);
	ok(js_parse(a, "\"a\0b\"", 5, &o, &why) == RC_MALFORMED, "a bare NUL");
	ok(js_parse(a, "\"\\\0\"", 4, &o, &why) == RC_MALFORMED,
	    "and after a backslash");
}

int
main(void)
{
	struct arena *a = arena_new();
	struct json_object *o;
	const char *why;
	size_t i;

	for (i = 0; i < NITEMS(good); i++)
		ok(js_parse(a, good[i], strlen(good[i]), &o, &why) == RC_OK,
		    "%s", good[i]);
	for (i = 0; i < NITEMS(bad); i++) {
		why = NULL;
		ok(js_parse(a, bad[i].text, strlen(bad[i].text), &o, &why) ==
			    RC_MALFORMED &&
			why != NULL,
		    "%s", bad[i].what);
	}
	limits(a);
	counts(a);
	for (i = 0; i < NITEMS(checked); i++) {
		struct js_errors e = { 0 };
		enum rc rc;

		(void)!js_parse(a, checked[i].text, strlen(checked[i].text), &o,
		    &why);
		rc = js_check(a, o, fields, &e);
		if (checked[i].field == NULL)
			ok(rc == RC_OK, "%s", checked[i].text);
		else
			ok(rc == RC_INVALID && e.n == 1 &&
				strcmp(e.e[0].field, checked[i].field) == 0 &&
				strcmp(e.e[0].fault.code, checked[i].code) == 0,
			    "%s", checked[i].text);
	}
	is(js_quote(a, "a\"\\\n\x7f\xc3\xa9"),
	    "\"a\\\"\\\\\\u000a\\u007f\xc3\xa9\"", "quoted");
	is(js_quote(a, "a\xff"), "\"a?\"",
	    "what is not UTF-8 is not passed on");
	arena_free(a);
	return done();
}

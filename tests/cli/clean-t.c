/* cli/slipway/clean: what a build log can do to a terminal: nothing. */
#include <json-c/json.h>
#include <stdlib.h>

#include "cli/slipway/slipway.h"
#include "tap.h"

/* clang-format off */
static const struct { const char *in, *out, *what; } table[] = {
	{ "plain text\twith a tab",	"plain text\twith a tab", "plain" },
	{ "naïve – 日本 😀",		"naïve – 日本 😀", "UTF-8" },
	{ "end\r\n",			"end", "the end of the line" },
	{ "\033[1;32mok\033[0m",	"ok", "colours go" },
	{ "\033[38;2;1;2;3mx\033[m",	"x", "true colours too" },
	{ "\033[2Jgone",		"\\x1b[2Jgone", "clearing the screen" },
	{ "\033]0;title\007",		"\\x1b]0;title\\x07", "setting a title" },
	{ "\033]52;c;ZXZpbA==\007",	"\\x1b]52;c;ZXZpbA==\\x07", "the clipboard" },
	{ "\033]8;;http://evil\033\\x",	"\\x1b]8;;http://evil\\x1b\\x", "a hyperlink" },
	{ "50%\r100%",			"50%\\x0d100%", "writing over" },
	{ "a\bb\177",			"a\\x08b\\x7f", "backspace, delete" },
	{ "a\nb",			"a\\x0ab", "a forged line" },
	{ "\302\2332J",			"\\u009b2J", "CSI as one character" },
	{ "\2332J",			"\\x9b2J", "CSI as one byte" },
	{ "\342\200\256drow",		"\\u202edrow", "right to left" },
	{ "\342\201\246x",		"\\u2066x", "isolates" },
	{ "\342\200\250x",		"\\u2028x", "a line separator" },
	{ "\300\257",			"\\xc0\\xaf", "overlong" },
	{ "\355\240\200",		"\\xed\\xa0\\x80", "a surrogate" },
	{ "\364\220\200\200",		"\\xf4\\x90\\x80\\x80", "beyond Unicode" },
	{ "cut \342\200",		"cut \\xe2\\x80", "cut off" },
	{ "\033[",			"\\x1b[", "an unfinished sequence" },
	{ "\033[31",			"\\x1b[31", "an unfinished colour" },
	{ "\363\240\201\201",		"\\ue0041", "invisible tags" },
	{ "",				"", "nothing" },
}, json[] = {
	{ "naïve – 日本 😀\n",		"\"naïve – 日本 😀\\n\"\n", "JSON" },
	{ "\033[2J\177",		"\"\\u001b[2J\\u007f\"\n", "control characters in it" },
	{ "\302\2332J",			"\"\\u009b2J\"\n", "CSI in it" },
	{ "\2332J",			"\"\\ufffd2J\"\n", "what is not UTF-8" },
	{ "\342\200\256drow",		"\"\\u202edrow\"\n", "right to left in it" },
	{ "\330\234\357\273\277",	"\"\\u061c\\ufeff\"\n", "other marks in it" },
	{ "\363\240\201\201",		"\"\\udb40\\udc41\"\n", "invisible tags in it" },
};
/* clang-format on */

/* What print_json() says of a string. */
static char *
printed(const char *text)
{
	struct json_object *o = json_object_new_string(text);
	FILE *was = stdout, *f;
	char *out;
	size_t n;

	f = open_memstream(&out, &n);
	stdout = f;
	print_json(o);
	stdout = was;
	fclose(f);
	json_object_put(o);
	return out;
}

int
main(void)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < NITEMS(table); i++)
		is(clean_n(a, table[i].in, strlen(table[i].in)), table[i].out,
		    "%s", table[i].what);
	is(clean_n(a, "a\0b", 3), "a\\x00b", "NUL");
	for (i = 0; i < NITEMS(json); i++) {
		char *out = printed(json[i].in);

		is(out, json[i].out, "%s", json[i].what);
		free(out);
	}
	arena_free(a);
	return done();
}

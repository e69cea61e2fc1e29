/* cli/slipway/clean, colour: what a build log can do to a terminal: colours. */
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
}, codes[] = {
	{ "0",			"0", "none" },
	{ "",			"0", "nothing is none" },
	{ "1;31",		"1;31", "two" },
	{ "1;;107",		"1;0;107", "an empty one between" },
	{ "108;200;31",		"31", "what is no attribute" },
	{ "38;5;208;1",		"38;5;208;1", "of 256" },
	{ "48;2;1;2;255",	"48;2;1;2;255", "of all" },
	{ "38;5;256;1",		"", "beyond 256" },
	{ "1;38;2;1;2",		"1", "half of one" },
	{ "1;38;7;31",		"1", "another palette" },
	{ "1;38",		"1", "no palette" },
	{ "38:5:208;1",		"38;5;208;1", "with colons" },
	{ "38:2:1:2:3",		"38;2;1;2;3", "all with colons" },
	{ "38:2::1:2:3",	"38;2;1;2;3", "and with a space" },
	{ "4:3;1",		"1", "attributes of attributes" },
	{ "38:2;1",		"1", "half of one with colons" },
	{ "0001",		"", "a long number" },
	{ "31m\033[2J",		"", "another sequence" },
	{ "2J",			"", "another end" },
	{ "?25",		"", "another kind" },
	{ "-1",			"", "less than nothing" },
	{ " 1",			"", "a space" },
	{ "1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8;9;1;2;3", "", "very many" },
};
static const struct { const char *text, *list, *out; } lines[] = {
	{ "a red b", "[[2,\"31\"],[5,\"0\"]]", "a \033[31mred\033[0m b\033[0m" },
	{ "äöü€", "[[1,\"1\"],[3,\"2\"]]", "ä\033[1möü\033[2m€\033[0m" },
	{ "plain", "[]", "plain" },
	{ "x\033[2Jy\a", "[[1,\"31\"],[2,\"32\"]]", "x\033[31m\\x1b\033[32m[2Jy\\x07\033[0m" },
	{ "x", "[[0,\"2J\"],[0,\"\\u001b[2J\"],[0,\"31m\\u0007\"]]", "x" },
	{ "x", "[1,null,[],[0],[0,1],[\"0\",\"1\"],[0,\"1\",2],{},[0.5,\"1\"]]", "x" },
	{ "xy", "[[99999999999999999999,\"1\"],[-5,\"2\"],[0,\"3\"]]", "xy\033[1m\033[2m\033[3m\033[0m" },
};
/* clang-format on */

static const char *
painted(struct arena *a, const char *text, const char *json_list)
{
	struct json_object *list = json_tokener_parse(json_list);
	char *out;
	size_t n;
	FILE *f = open_memstream(&out, &n);

	colour_line(a, f, text, list);
	fclose(f);
	json_object_put(list);
	text = arena_strndup(a, out, n);
	free(out);
	return text;
}

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
	for (i = 0; i < NITEMS(codes); i++) {
		char out[COLOUR_CODES];

		colour_codes(codes[i].in, out);
		is(out, codes[i].out, "a colour: %s", codes[i].what);
	}
	for (i = 0; i < NITEMS(lines); i++)
		is(painted(a, lines[i].text, lines[i].list), lines[i].out,
		    "with %s", lines[i].list);
	for (i = 0; i < NITEMS(json); i++) {
		char *out = printed(json[i].in);

		is(out, json[i].out, "%s", json[i].what);
		free(out);
	}
	arena_free(a);
	return done();
}

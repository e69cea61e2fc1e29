#include <string.h>

#include "slipway.h"

/* clang-format off */
static const struct flag flags[] = {
	{ "header", 'H', "HEADER", "what the client sends: \"Name: value\"; may be repeated", NULL },
	{ "country", 0, "COUNTRY", "where the client is: two letters, such as CH", NULL },
	{ "method", 'X', "METHOD", "another than GET", "GET HEAD" },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

/* Each --header, in order. */
static enum rc
put_headers(struct cli *c, struct json_object *body)
{
	struct json_object *list = json_object_new_array();
	const char *s;
	int i;

	json_object_object_add(body, "headers", list);
	for (i = 0; i < c->ngiven; i++) {
		if (strcmp(c->given[i].name, "header") != 0)
			continue;
		s = c->given[i].value;
		if (*s == ':' || strchr(s, ':') == NULL)
			return usage(c,
			    "a header is \"Name: value\", such as "
			    "\"Accept-Language: de\"; \"%s\" is none",
			    clean(c, s));
		json_object_array_add(list, json_object_new_string(s));
	}
	return RC_OK;
}

static void
show_file(struct cli *c, struct json_object *f)
{
	if (!json_object_is_type(f, json_type_object))
		return;
	printf("%sfile%s %s, %lld bytes, sha256 %s\n", tint(stdout, TINT_DIM),
	    tint(stdout, TINT_NONE), clean(c, str_or(f, "path", "")),
	    num(f, "size"), clean(c, str_or(f, "sha256", "")));
}

static void
show(struct cli *c, struct json_object *o)
{
	struct json_object *list = field(o, "steps"), *head;
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		printf("%zu. %s\n", i + 1,
		    clean(c,
			json_object_get_string(
			    json_object_array_get_idx(list, i))));
	putchar('\n');
	show_file(c, field(o, "file"));
	printf("%sstatus%s %lld\n", tint(stdout, TINT_DIM),
	    tint(stdout, TINT_NONE), num(o, "status"));
	list = field(o, "headers");
	for (i = 0; i < json_object_array_length(list); i++) {
		head = json_object_array_get_idx(list, i);
		printf("%s%s:%s %s\n", tint(stdout, TINT_DIM),
		    clean(c,
			json_object_get_string(
			    json_object_array_get_idx(head, 0))),
		    tint(stdout, TINT_NONE),
		    clean(c,
			json_object_get_string(
			    json_object_array_get_idx(head, 1))));
	}
}

static enum rc
run(struct cli *c)
{
	struct json_object *body = object(c), *o;
	enum rc rc;

	put(body, "url", c->argv[0]);
	put_flag(c, body, "method", "method");
	put_flag(c, body, "country", "country");
	if ((rc = put_headers(c, body)) != RC_OK)
		return rc;
	rc = api(c, API_QUIET, "POST", "/api/explain", body, &o);
	if (rc == RC_NOT_FOUND)
		return complain(rc, "no site of yours has the host of %s",
		    clean(c, c->argv[0]));
	if (rc != RC_OK) /* once more, to be told */
		rc = api(c, 0, "POST", "/api/explain", body, &o);
	if (rc != RC_OK)
		return rc;
	if (!json_object_is_type(field(o, "steps"), json_type_array) ||
	    !json_object_is_type(field(o, "headers"), json_type_array))
		return complain(RC_FAIL, "%s did not explain it", c->url);
	if (want_json(c))
		print_json(o);
	else
		show(c, o);
	return RC_OK;
}

const struct command cmd_explain = {
	.name = "explain",
	.example =
	    "slipway explain -H 'Accept-Language: de' https://shop.example.com/about",
	.operands = "url",
	.min = 1,
	.max = 1,
	.how = CMD_JSON,
	.brief = "say what answers a URL, and why",
	.about =
	    "Explains step by step what a URL of a site of yours is "
	    "answered with: which deployment the host shows, which file "
	    "or rule answers, in which encoding, and with which headers; of "
	    "what another server answers, which one, where it is, and "
	    "why it is refused. "
	    "The server runs the code that answers visitors; nothing is "
	    "sent to the site.",
	.see = "rules",
	.flags = flags,
	.run = run,
};

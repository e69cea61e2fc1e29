/*
 * upload -- a folder becomes an upload: its list first, then what is missing.
 */
#include "slipway.h"

#define CHECKS_MAX 3

static void
clear(void *json)
{
	json_object_put(json);
}

static struct json_object *
list(struct cli *c, const struct files *fs)
{
	struct json_object *body = object(c), *rows, *row;
	size_t i;

	rows = json_object_new_array_ext((int)fs->n);
	for (i = 0; i < fs->n; i++) {
		const struct file *f = &fs->file[i];

		row = json_object_new_array_ext(4);
		json_object_array_add(row, json_object_new_string(f->path));
		json_object_array_add(row, json_object_new_string(f->sha));
		json_object_array_add(row, json_object_new_int64(f->size));
		json_object_array_add(row,
		    json_object_new_boolean(f->executable));
		json_object_array_add(rows, row);
	}
	json_object_object_add(body, "files", rows);
	return body;
}

const char *
amount(struct cli *c, long long bytes)
{
	if (bytes < 1000)
		return arena_printf(c->arena, "%lld bytes", bytes);
	if (bytes < 100000)
		return arena_printf(c->arena, "%.1f kB", (double)bytes / 1e3);
	return arena_printf(c->arena, "%.1f MB", (double)bytes / 1e6);
}

enum rc
upload(struct cli *c, const char *project, const char *root, bool prebuilt,
    const char *const *also, const char **id)
{
	struct json_object *answer, *missing;
	struct files fs;
	char *path;
	size_t n, before;
	enum rc rc;
	int i;

	if ((rc = walk(c, root, prebuilt, also, &fs)) != RC_OK)
		return rc;
	progress("comparing %zu files", fs.n);
	path =
	    arena_printf(c->arena, "/api/projects/%s/uploads", esc(c, project));
	rc = api(c, 0, "POST", path, list(c, &fs), &answer);
	if (rc != RC_OK)
		return rc;
	*id = str_or(answer, "upload", "");
	path = arena_printf(c->arena, "/api/uploads/%s", esc(c, *id));
	for (i = 0, before = 0;; i++) {
		missing = field(answer, "missing");
		if (!json_object_is_type(missing, json_type_array)) {
			missing = json_object_new_array();
			arena_defer(c->arena, clear, missing);
		}
		n = json_object_array_length(missing);
		if (i == 0)
			before = n;
		if (n == 0)
			break;
		if (i == CHECKS_MAX)
			return complain(RC_FAIL, "%s keeps losing what is sent",
			    c->url);
		rc = upload_send(c, root, &fs, *id, missing);
		if (rc != RC_OK ||
		    (rc = api(c, 0, "GET", path, NULL, &answer)) != RC_OK)
			return rc;
	}
	tell("%zu file%s, %s; %zu new.", fs.n, fs.n == 1 ? "" : "s",
	    amount(c, fs.bytes), before);
	return RC_OK;
}

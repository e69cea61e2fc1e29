#include <sys/stat.h>

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "giturl.h"
#include "login.h"
#include "transfer.h"

#define LANES      4
#define BATCH      50
#define REPLY_MAX  (1 << 20)
#define DEEP       16 /* of JSON */
#define STALL_TIME 60L
#define CA_FILE    "/etc/ssl/certs/ca-certificates.crt"
#define KEPT       FETCH_MIRROR "/lfs"
#define TYPE       "application/vnd.git-lfs+json"

struct reply {
	char *text;
	size_t n;
};

struct lane {
	char part[64]; /* what has come; the next one begins it anew */
	CURL *curl;
	struct curl_slist *heads;
	const struct object *object;
	crypto_hash_sha256_state hash;
	uint64_t size;
	int fd;
};

void
transfer_path(const struct pointer *p, char path[128])
{
	snprintf(path, 128, KEPT "/%s", p->oid);
}

/* The factory: no redirect, no other protocol, no file of anybody's. */
static CURL *
handle(const char *url)
{
	CURL *h = curl_easy_init();

	/* Where http is allowed is said by net-allow, and has been looked up.
	 */
	if (h == NULL || curl_easy_setopt(h, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR,
		strncmp(url, "http://", 7) == 0 ? "http" : "https") != CURLE_OK)
		give_up("internal", "cannot set up libcurl");
	curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_CAINFO, CA_FILE);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 30L);
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, STALL_TIME);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "slipway/" PACKAGE_VERSION);
	return h;
}

static size_t
collect(char *data, size_t one, size_t n, void *arg)
{
	struct reply *r = arg;
	char *more;

	if (r->n + one * n > REPLY_MAX ||
	    (more = realloc(r->text, r->n + one * n + 1)) == NULL)
		return 0;
	memcpy(more + r->n, data, one * n);
	r->text = more;
	r->n += one * n;
	more[r->n] = '\0';
	return one * n;
}

static void __attribute__((noreturn)) refused(long status, int token)
{
	if (status == 401 || status == 403)
		give_up("auth",
		    token ? "the host refused the token for Git LFS: "
			    "\"slipway git-token set\" sets a new one" :
			    "the files in Git LFS are private: give Slipway "
			    "a token for https with \"slipway git-token "
			    "set\"; a deploy key does not open them");
	if (status == 404)
		give_up("lfs",
		    "the host has no Git LFS for this repository; \"slipway "
		    "project set lfs=false\" builds without");
	if (status >= 300 && status < 400)
		give_up("redirect",
		    "Git LFS has moved: set lfs.url in "
		    ".lfsconfig to where it is now");
	give_up("lfs", "the LFS server answered %ld", status);
}

static const char *
request(const struct object *o, size_t n)
{
	struct json_object *top = json_object_new_object(),
			   *list = json_object_new_array(),
			   *how = json_object_new_array(), *one;
	size_t i;
	char *text;

	json_object_object_add(top, "operation",
	    json_object_new_string("download"));
	json_object_array_add(how, json_object_new_string("basic"));
	json_object_object_add(top, "transfers", how);
	json_object_object_add(top, "hash_algo",
	    json_object_new_string("sha256"));
	for (i = 0; i < n; i++) {
		one = json_object_new_object();
		json_object_object_add(one, "oid",
		    json_object_new_string(o[i].p.oid));
		json_object_object_add(one, "size",
		    json_object_new_int64((int64_t)o[i].p.size));
		json_object_array_add(list, one);
	}
	json_object_object_add(top, "objects", list);
	text =
	    strdup(json_object_to_json_string_ext(top, JSON_C_TO_STRING_PLAIN));
	json_object_put(top);
	if (text == NULL)
		give_up("internal", "no memory");
	return text;
}

/* Where each object is, as the server says. */
static struct json_object *
ask(const struct order *o, const char *base, const struct object *want,
    size_t n)
{
	const char *body = request(want, n), *secret = NULL;
	char url[GITURL_MAX + 32], user[128], origin[GITURL_ORIGIN];
	struct curl_slist *heads = NULL;
	struct json_tokener *tok;
	struct json_object *top;
	struct reply r = { 0 };
	struct giturl u;
	CURLcode code;
	long status = 0;
	CURL *h;

	snprintf(url, sizeof(url), "%s/objects/batch", base);
	h = handle(url);
	if (giturl_parse(&u, base, o->allow) != NULL)
		give_up("lfs", "not a URL of an LFS server");
	giturl_origin(&u, origin);
	if (login_token(o, origin, user, &secret)) {
		curl_easy_setopt(h, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(h, CURLOPT_USERNAME, user);
		curl_easy_setopt(h, CURLOPT_PASSWORD, secret);
	}
	heads = curl_slist_append(heads, "Accept: " TYPE);
	heads = curl_slist_append(heads, "Content-Type: " TYPE);
	heads = curl_slist_append(heads, "Expect:");
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, heads);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &r);
	code = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		give_up("connect", "the LFS server: %s",
		    curl_easy_strerror(code));
	if (status != 200)
		refused(status, secret != NULL);
	tok = json_tokener_new_ex(DEEP);
	top = tok == NULL ? NULL : json_tokener_parse_ex(tok, r.text, (int)r.n);
	if (!json_object_is_type(top, json_type_object))
		give_up("lfs", "the LFS server does not answer as one");
	json_tokener_free(tok);
	free(r.text);
	free((void *)(uintptr_t)body);
	curl_easy_cleanup(h);
	curl_slist_free_all(heads);
	return top;
}

static struct json_object *
field(struct json_object *o, const char *name, json_type type)
{
	struct json_object *v = NULL;

	if (json_object_is_type(o, json_type_object))
		json_object_object_get_ex(o, name, &v);
	return json_object_is_type(v, type) ? v : NULL;
}

/* What the server says of an object. */
static struct json_object *
of_object(struct json_object *top, const struct object *o)
{
	struct json_object *list = field(top, "objects", json_type_array), *e,
			   *oid;
	size_t i;

	for (i = 0; list != NULL && i < json_object_array_length(list); i++) {
		e = json_object_array_get_idx(list, i);
		oid = field(e, "oid", json_type_string);
		if (oid != NULL &&
		    strcmp(json_object_get_string(oid), o->p.oid) == 0)
			return e;
	}
	return NULL;
}

/* A host that may be dialled, by a protocol that may be spoken. */
static void
check_href(const struct order *o, const char *href)
{
	char plain[GITURL_MAX + 1];
	size_t n = strcspn(href, "?");
	const char *p;

	for (p = href; *p > ' ' && *p < 0x7f; p++)
		continue;
	snprintf(plain, sizeof(plain), "%.*s", (int)n, href);
	if (*p != '\0' || n > GITURL_MAX ||
	    (strncmp(href, "https://", 8) != 0 &&
		strncmp(href, "http://", 7) != 0) ||
	    giturl_check(plain, o->allow) != NULL)
		give_up("lfs", "the LFS server names a URL that is not taken");
}

static struct curl_slist *
headers(struct json_object *given)
{
	struct curl_slist *list = NULL;
	char text[8192];
	const char *p;
	int n;

	if (given == NULL)
		return NULL;
	json_object_object_foreach(given, name, value)
	{
		n = snprintf(text, sizeof(text), "%s: %s", name,
		    json_object_get_string(value));
		for (p = text; (unsigned char)*p >= ' ' && *p != 0x7f; p++)
			continue;
		if (*p != '\0' || n < 0 || (size_t)n >= sizeof(text) ||
		    strpbrk(name, ": ") != NULL)
			give_up("lfs", "the LFS server names a bad header");
		list = curl_slist_append(list, text);
	}
	return list;
}

static size_t
take(char *data, size_t one, size_t n, void *arg)
{
	struct lane *l = arg;

	l->size += one * n;
	if (l->size > l->object->p.size)
		return 0;
	crypto_hash_sha256_update(&l->hash, (unsigned char *)data, one * n);
	return write(l->fd, data, one * n) == (ssize_t)(one * n) ? one * n : 0;
}

static void
start(struct lane *l, CURLM *multi, const struct order *o,
    struct json_object *top, const struct object *object)
{
	struct json_object *e = of_object(top, object), *get, *href, *error;

	error = field(field(e, "error", json_type_object), "message",
	    json_type_string);
	if (error != NULL || field(e, "error", json_type_object) != NULL)
		give_up("lfs",
		    "%s is not on the LFS server (%.12s): push it with "
		    "\"git lfs push --all origin\"",
		    object->path, object->p.oid);
	get = field(field(e, "actions", json_type_object), "download",
	    json_type_object);
	href = field(get, "href", json_type_string);
	if (href == NULL)
		give_up("lfs", "the LFS server does not say where %s is",
		    object->path);
	check_href(o, json_object_get_string(href));
	l->object = object;
	l->size = 0;
	crypto_hash_sha256_init(&l->hash);
	l->fd = open(l->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (l->fd == -1)
		give_up("internal", "the mirror: %s", strerror(errno));
	l->curl = handle(json_object_get_string(href));
	l->heads = headers(field(get, "header", json_type_object));
	curl_easy_setopt(l->curl, CURLOPT_HTTPHEADER, l->heads);
	curl_easy_setopt(l->curl, CURLOPT_MAXFILESIZE_LARGE,
	    (curl_off_t)object->p.size);
	curl_easy_setopt(l->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(l->curl, CURLOPT_WRITEDATA, l);
	curl_easy_setopt(l->curl, CURLOPT_PRIVATE, l);
	if (curl_multi_add_handle(multi, l->curl) != CURLM_OK)
		give_up("internal", "cannot set up libcurl");
}

static void
finish(struct lane *l, CURLM *multi, CURLcode code)
{
	unsigned char sum[crypto_hash_sha256_BYTES];
	char hex[sizeof(sum) * 2 + 1], path[128];
	long status = 0;

	transfer_path(&l->object->p, path);
	curl_easy_getinfo(l->curl, CURLINFO_RESPONSE_CODE, &status);
	crypto_hash_sha256_final(&l->hash, sum);
	sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	if (close(l->fd) == -1)
		give_up("too_large", "%s: %s", l->object->path,
		    strerror(errno));
	if (code == CURLE_OK && status != 200)
		give_up("lfs", "%s: the LFS server answered %ld",
		    l->object->path, status);
	if (code != CURLE_OK && l->size <= l->object->p.size &&
	    code != CURLE_FILESIZE_EXCEEDED)
		give_up("lfs", "%s: %s", l->object->path,
		    curl_easy_strerror(code));
	if (l->size != l->object->p.size || strcmp(hex, l->object->p.oid) != 0)
		give_up("lfs",
		    "%s: what the LFS server sent is another file than the "
		    "repository names",
		    l->object->path);
	if (rename(l->part, path) == -1)
		give_up("internal", "the mirror: %s", strerror(errno));
	curl_multi_remove_handle(multi, l->curl);
	curl_easy_cleanup(l->curl);
	curl_slist_free_all(l->heads);
	l->curl = NULL;
}

static void
batch(const struct order *o, CURLM *multi, const char *base,
    const struct object *want, size_t n)
{
	struct json_object *top = ask(o, base, want, n);
	struct lane lane[LANES] = { 0 }, *l;
	size_t i, next = 0, done = 0;
	CURLMsg *msg;
	int left;

	for (i = 0; i < LANES; i++)
		snprintf(lane[i].part, sizeof(lane[i].part), KEPT "/part.%zu",
		    i);
	while (done < n) {
		for (i = 0; i < LANES && next < n; i++)
			if (lane[i].curl == NULL)
				start(&lane[i], multi, o, top, &want[next++]);
		if (curl_multi_perform(multi, &left) != CURLM_OK)
			give_up("internal", "libcurl gives up");
		while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
			curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE,
			    &l);
			finish(l, multi, msg->data.result);
			done++;
		}
		if (done < n)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	json_object_put(top);
}

void
transfer(const struct order *o, const char *base, struct object *want, size_t n)
{
	CURLM *multi;
	size_t i;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (multi = curl_multi_init()) == NULL || sodium_init() == -1)
		give_up("internal", "cannot set up libcurl");
	if (mkdir(KEPT, 0700) == -1 && errno != EEXIST)
		give_up("internal", "the mirror: %s", strerror(errno));
	for (i = 0; i < n; i += BATCH)
		batch(o, multi, base, want + i, n - i < BATCH ? n - i : BATCH);
	curl_multi_cleanup(multi);
}

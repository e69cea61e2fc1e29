/*
 * http -- one place where curl handles are made, and one request at a time.
 *
 * Certificates are always verified.  Plain http is for this machine only,
 * unless --insecure-http says otherwise: the token travels in each request.
 * Redirects are not followed: they would carry it elsewhere.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "slipway.h"

#define REPLY_MAX    (16 << 20)
#define CONNECT_TIME 15L /* seconds */
#define REPLY_TIME   60L
#define TICK         120 /* milliseconds */

static void
url_clear(void *u)
{
	curl_url_cleanup(u);
}

static bool
local(const char *host)
{
	size_t n = strlen(host);

	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	    (n > 10 && strcmp(host + n - 10, ".localhost") == 0) ||
	    (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n);
}

static const char *
part(struct cli *c, CURLU *u, CURLUPart what)
{
	const char *copy;
	char *s = NULL;

	if (curl_url_get(u, what, &s, 0) != CURLUE_OK)
		return NULL;
	copy = arena_strndup(c->arena, s, strlen(s));
	curl_free(s);
	return copy;
}

/* What a user calls the URL of a Slipway, as scheme://host[:port]. */
enum rc
http_url_check(struct cli *c, const char *given, const char **url)
{
	CURLU *u = curl_url();
	const char *scheme, *host, *port, *path;

	arena_defer(c->arena, url_clear, u);
	if (curl_url_set(u, CURLUPART_URL, given, CURLU_DEFAULT_SCHEME) !=
		CURLUE_OK ||
	    (scheme = part(c, u, CURLUPART_SCHEME)) == NULL ||
	    (host = part(c, u, CURLUPART_HOST)) == NULL)
		return complain(RC_INVALID,
		    "%s: not a URL; it looks like https://slipway.example.com",
		    clean(c, given));
	path = part(c, u, CURLUPART_PATH);
	if (part(c, u, CURLUPART_USER) != NULL ||
	    part(c, u, CURLUPART_QUERY) != NULL ||
	    (path != NULL && strcmp(path, "/") != 0 &&
		strcmp(path, "/api") != 0 && strcmp(path, "/api/") != 0))
		return complain(RC_INVALID,
		    "%s: only scheme, host and port belong into the URL",
		    clean(c, given));
	if (strcmp(scheme, "http") == 0) {
		if (!local(host) && !flag_on(c, "insecure-http"))
			return complain(RC_INVALID,
			    "%s: http would send your token in the clear; use "
			    "https, or --insecure-http if you must",
			    clean(c, given));
	} else if (strcmp(scheme, "https") != 0)
		return complain(RC_INVALID,
		    "%s: only https (http for this machine)", clean(c, given));
	port = part(c, u, CURLUPART_PORT);
	*url = arena_printf(c->arena, "%s://%s%s%s", scheme, host,
	    port != NULL ? ":" : "", port != NULL ? port : "");
	return RC_OK;
}

/* The factory; curl_easy_cleanup() what comes out. */
void *
http_handle(const char *url)
{
	CURL *h = curl_easy_init();
	bool bad = h == NULL;

	bad |= curl_easy_setopt(h, CURLOPT_URL, url) != CURLE_OK;
	bad |= curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https") !=
	    CURLE_OK;
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, CONNECT_TIME);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "slipway/" PACKAGE_VERSION);
	if (bad)
		fatalx("cannot set up libcurl");
	return h;
}

/* Write function of a handle; its data is a struct http_reply. */
size_t
http_take(char *data, size_t one, size_t n, void *reply)
{
	struct http_reply *r = reply;
	long status = 0;
	char *more;

	if (r->take != NULL &&
	    curl_easy_getinfo(r->handle, CURLINFO_RESPONSE_CODE, &status) ==
		CURLE_OK &&
	    status == 200) {
		if (r->take(r->arg, data, n * one))
			return n * one;
		r->error = "";
		return 0;
	}
	if (r->size + n * one > REPLY_MAX) {
		r->error = "the answer is too large to be one of Slipway's";
		return 0;
	}
	if ((more = realloc(r->body, r->size + n * one + 1)) == NULL)
		fatal("realloc");
	memcpy(more + r->size, data, n * one);
	r->body = more;
	r->size += n * one;
	more[r->size] = '\0';
	return n * one;
}

/*
 * Runs h to its end, with the progress line alive.  The multi handle stays:
 * it keeps the connection for the next request.
 */
static CURLcode
run(CURL *h)
{
	static CURLM *m;
	CURLcode code = CURLE_ABORTED_BY_CALLBACK;
	int left = 1, waiting;
	CURLMsg *msg;

	if (m == NULL)
		m = curl_multi_init();
	if (m == NULL || curl_multi_add_handle(m, h) != CURLM_OK)
		fatalx("cannot set up libcurl");
	while (left > 0 && !interrupted()) {
		if (curl_multi_perform(m, &left) != CURLM_OK)
			break;
		if (left > 0) {
			curl_multi_poll(m, NULL, 0, TICK, NULL);
			progress_tick();
		}
	}
	while ((msg = curl_multi_info_read(m, &waiting)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			code = msg->data.result;
	curl_multi_remove_handle(m, h);
	return code;
}

static const char *
reason(struct cli *c, const char *url, CURLcode code, const char *detail)
{
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
		return arena_printf(c->arena,
		    "cannot reach %s: %s; is it running, and is --url right?",
		    url, detail);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return arena_printf(c->arena,
		    "%s: its certificate is not to be trusted: %s", url,
		    detail);
	return arena_printf(c->arena, "%s: %s", url, detail);
}

/*
 * RC_OK: there is an answer, of whatever status.  Says nothing itself.  Ends
 * the handle and its headers.
 */
static enum rc
exchange(struct cli *c, CURL *h, struct curl_slist *heads, const char *url,
    const char *bearer, struct http_reply *reply)
{
	char detail[CURL_ERROR_SIZE] = "";
	struct http_reply r = { .take = reply->take,
		.arg = reply->arg,
		.handle = h };
	curl_off_t after = 0;
	CURLcode code;

	heads = curl_slist_append(heads, "Accept: application/json");
	/* Or curl waits a second for "100 Continue" before a large body. */
	heads = curl_slist_append(heads, "Expect:");
	if (bearer != NULL)
		heads = curl_slist_append(heads,
		    arena_printf(c->arena, "Authorization: Bearer %s", bearer));
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, heads);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, http_take);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &r);
	code = run(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &r.status);
	/* A refusal may come, and the connection end, before all is sent. */
	if (code != CURLE_OK && r.status >= 400 && !interrupted())
		code = CURLE_OK;
	if (code == CURLE_OK) {
		curl_easy_getinfo(h, CURLINFO_RETRY_AFTER, &after);
		r.retry_after = (long)after;
	} else if (interrupted())
		r.error = "interrupted";
	else if (r.error == NULL)
		r.error = reason(c, c->url != NULL ? c->url : url, code,
		    detail[0] != '\0' ? detail : curl_easy_strerror(code));
	if (r.body != NULL)
		arena_defer(c->arena, free, r.body);
	curl_easy_cleanup(h);
	curl_slist_free_all(heads);
	*reply = r;
	return code == CURLE_OK ? RC_OK : RC_BUSY;
}

enum rc
http_send(struct cli *c, const char *method, const char *url,
    const char *bearer, const char *body, struct http_reply *reply)
{
	CURL *h = http_handle(url);
	struct curl_slist *heads = NULL;

	*reply = (struct http_reply){ 0 };
	if (body != NULL) {
		heads =
		    curl_slist_append(heads, "Content-Type: application/json");
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)strlen(body));
	} else if (strcmp(method, "POST") == 0)
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, "");
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(h, CURLOPT_TIMEOUT, REPLY_TIME);
	return exchange(c, h, heads, url, bearer, reply);
}

enum rc
http_fetch(struct cli *c, const char *url, const char *bearer,
    bool (*take)(void *, const char *, size_t), void *arg,
    struct http_reply *reply)
{
	CURL *h = http_handle(url);

	*reply = (struct http_reply){ .take = take, .arg = arg };
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, REPLY_TIME);
	return exchange(c, h, NULL, url, bearer, reply);
}

static size_t
give(char *buf, size_t one, size_t n, void *fd)
{
	ssize_t got = read(*(int *)fd, buf, one * n);

	return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

/* libcurl begins again when a kept connection turns out dead. */
static int
rewind_to(void *fd, curl_off_t offset, int origin)
{
	return lseek(*(int *)fd, offset, origin) >= 0 ? CURL_SEEKFUNC_OK :
							CURL_SEEKFUNC_FAIL;
}

static int
tick(void *total, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t sent)
{
	(void)a;
	(void)b;
	(void)c;
	progress("sending: %.1f of %.1f MB", (double)sent / 1e6,
	    (double)*(long long *)total / 1e6);
	return 0;
}

enum rc
http_send_file(struct cli *c, const char *url, const char *bearer, int fd,
    long long size, struct http_reply *reply)
{
	CURL *h = http_handle(url);

	*reply = (struct http_reply){ 0 };
	if (lseek(fd, 0, SEEK_SET) != 0)
		fatal("lseek");
	curl_easy_setopt(h, CURLOPT_POST, 1L);
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(h, CURLOPT_READDATA, &fd);
	curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, rewind_to);
	curl_easy_setopt(h, CURLOPT_SEEKDATA, &fd);
	curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, tick);
	curl_easy_setopt(h, CURLOPT_XFERINFODATA, &size);
	curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, REPLY_TIME);
	return exchange(c, h,
	    curl_slist_append(NULL, "Content-Type: application/octet-stream"),
	    url, bearer, reply);
}

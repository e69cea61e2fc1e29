/*
 * send -- the blobs that the server has not got, several at a time.
 *
 * What fails for reasons of the network or of a busy server is tried again,
 * later each time.  A run that ends early is no loss: the next one is told
 * only what is still missing.
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "slipway.h"

#define LANES      6
#define TRIES_MAX  8
#define STALL_TIME 60L /* seconds without a byte */
#define WAIT_MAX   60L /* seconds between two tries, whatever the server says */
#define TICK       120 /* milliseconds */

struct item {
	const struct file *file;
	int tries;
	struct timespec not_before;
	enum { WAITING, MOVING, DONE } state;
};

struct lane {
	CURL *curl;
	struct curl_slist *heads;
	struct item *item;
	struct http_reply reply;
	const char *bearer;
	int fd;
};

struct sender {
	struct cli *cli;
	const char *root, *id;
	CURLM *multi;
	struct lane lane[LANES];
	struct item *item;
	size_t n, done;
	long long bytes, sent;
};

static size_t
give(char *buf, size_t one, size_t n, void *lane)
{
	ssize_t got = read(((struct lane *)lane)->fd, buf, one * n);

	return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

/* libcurl begins again when a kept connection turns out dead. */
static int
rewind_to(void *lane, curl_off_t offset, int origin)
{
	return lseek(((struct lane *)lane)->fd, offset, origin) >= 0 ?
	    CURL_SEEKFUNC_OK :
	    CURL_SEEKFUNC_FAIL;
}

static enum rc
changed(struct sender *s, const struct file *f)
{
	return complain(RC_CONFLICT,
	    "%s changed while it was being sent; run the command again",
	    clean(s->cli, f->path));
}

static enum rc
start(struct sender *s, struct lane *l, struct item *it)
{
	struct cli *c = s->cli;
	const struct file *f = it->file;
	struct stat st;

	l->fd = open(f->from != NULL ?
		f->from :
		arena_printf(c->arena, "%s/%s", s->root, f->path),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (l->fd < 0 || fstat(l->fd, &st) != 0 || st.st_size != f->size) {
		if (l->fd >= 0)
			close(l->fd);
		return changed(s, f);
	}
	l->item = it;
	l->bearer = session_bearer(c);
	l->curl = http_handle(arena_printf(c->arena,
	    "%s/api/uploads/%s/blobs/%s", c->url, esc(c, s->id), f->sha));
	l->heads = curl_slist_append(NULL,
	    arena_printf(c->arena, "Authorization: Bearer %s", l->bearer));
	l->heads = curl_slist_append(l->heads,
	    "Content-Type: application/octet-stream");
	l->heads = curl_slist_append(l->heads, "Expect:");
	curl_easy_setopt(l->curl, CURLOPT_HTTPHEADER, l->heads);
	curl_easy_setopt(l->curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(l->curl, CURLOPT_INFILESIZE_LARGE,
	    (curl_off_t)f->size);
	curl_easy_setopt(l->curl, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(l->curl, CURLOPT_READDATA, l);
	curl_easy_setopt(l->curl, CURLOPT_SEEKFUNCTION, rewind_to);
	curl_easy_setopt(l->curl, CURLOPT_SEEKDATA, l);
	curl_easy_setopt(l->curl, CURLOPT_WRITEFUNCTION, http_take);
	curl_easy_setopt(l->curl, CURLOPT_WRITEDATA, &l->reply);
	curl_easy_setopt(l->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(l->curl, CURLOPT_LOW_SPEED_TIME, STALL_TIME);
	curl_easy_setopt(l->curl, CURLOPT_PRIVATE, l);
	if (curl_multi_add_handle(s->multi, l->curl) != CURLM_OK)
		fatalx("cannot set up libcurl");
	it->state = MOVING;
	return RC_OK;
}

static void
stop(struct sender *s, struct lane *l)
{
	if (l->curl == NULL)
		return;
	curl_multi_remove_handle(s->multi, l->curl);
	curl_easy_cleanup(l->curl);
	curl_slist_free_all(l->heads);
	close(l->fd);
	free(l->reply.body);
	memset(l, 0, sizeof(*l));
}

static bool
passed(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > t->tv_sec ||
	    (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

/*
 * Seconds until the next try: 1, 2, 4 ... 16, or more if the server says so.
 * One that always says "a second" must not use up our tries in as many.
 */
static long
pause_after(int tries, long said)
{
	long own = 1L << (tries < 5 ? tries - 1 : 4);

	if (said < own)
		return own;
	return said < WAIT_MAX ? said : WAIT_MAX;
}

static enum rc
again(struct sender *s, struct lane *l, CURLcode code)
{
	struct item *it = l->item;

	if (++it->tries == TRIES_MAX)
		return complain(RC_BUSY,
		    "cannot send %s: %s; run the command again, it sends only "
		    "what is missing",
		    clean(s->cli, it->file->path),
		    code != CURLE_OK ? curl_easy_strerror(code) :
				       "the server is too busy");
	clock_gettime(CLOCK_MONOTONIC, &it->not_before);
	it->not_before.tv_sec += pause_after(it->tries, l->reply.retry_after);
	it->state = WAITING;
	return RC_OK;
}

static enum rc
finish(struct sender *s, struct lane *l, CURLcode code)
{
	struct http_reply *r = &l->reply;
	struct item *it = l->item;
	curl_off_t after = 0;

	curl_easy_getinfo(l->curl, CURLINFO_RESPONSE_CODE, &r->status);
	curl_easy_getinfo(l->curl, CURLINFO_RETRY_AFTER, &after);
	r->retry_after = (long)after;
	/* An answer may come, and the connection end, before all is sent. */
	if (code != CURLE_OK && r->status < 400)
		return again(s, l, code);
	if (r->status >= 200 && r->status < 300) {
		it->state = DONE;
		s->done++;
		s->sent += it->file->size;
		return RC_OK;
	}
	if (r->status == 401 && s->cli->session->token == NULL &&
	    it->tries == 0) {
		it->tries++;
		it->state = WAITING;
		/* Another lane may have renewed it since this one began. */
		if (strcmp(l->bearer, session_bearer(s->cli)) != 0)
			return RC_OK;
		return session_renew(s->cli, l->bearer);
	}
	if (r->status == 429 || r->status >= 500)
		return again(s, l, CURLE_OK);
	if (r->status == 422)
		return changed(s, it->file);
	return api_problem(s->cli, r);
}

static enum rc
fill(struct sender *s)
{
	size_t i, k = 0;
	enum rc rc;

	for (i = 0; i < LANES; i++) {
		if (s->lane[i].curl != NULL)
			continue;
		while (k < s->n &&
		    (s->item[k].state != WAITING ||
			!passed(&s->item[k].not_before)))
			k++;
		if (k == s->n)
			return RC_OK;
		if ((rc = start(s, &s->lane[i], &s->item[k])) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
turn(struct sender *s)
{
	struct lane *l;
	enum rc rc;
	CURLMsg *msg;
	int n;

	if ((rc = fill(s)) != RC_OK)
		return rc;
	if (curl_multi_perform(s->multi, &n) != CURLM_OK)
		fatalx("libcurl gives up");
	while ((msg = curl_multi_info_read(s->multi, &n)) != NULL) {
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &l);
		rc = finish(s, l, msg->data.result);
		stop(s, l);
		if (rc != RC_OK)
			return rc;
	}
	progress("sending: %zu of %zu files, %.1f of %.1f MB", s->done, s->n,
	    (double)s->sent / 1e6, (double)s->bytes / 1e6);
	if (s->done < s->n)
		curl_multi_poll(s->multi, NULL, 0, TICK, NULL);
	return RC_OK;
}

static int
by_sha(const void *a, const void *b)
{
	const struct file *const *x = a, *const *y = b;

	return strcmp((*x)->sha, (*y)->sha);
}

/* Makes the list of what to send out of the hashes the server lacks. */
static enum rc
plan(struct sender *s, const struct files *fs, struct json_object *missing)
{
	struct arena *a = s->cli->arena;
	const struct file **sorted = arena_alloc(a, fs->n * sizeof(*sorted));
	struct file key;
	const struct file *k = &key, **hit;
	size_t i;

	s->n = json_object_array_length(missing);
	s->item = arena_alloc(a, (s->n + 1) * sizeof(*s->item));
	for (i = 0; i < fs->n; i++)
		sorted[i] = &fs->file[i];
	qsort(sorted, fs->n, sizeof(*sorted), by_sha);
	for (i = 0; i < s->n; i++) {
		snprintf(key.sha, sizeof(key.sha), "%s",
		    json_object_get_string(
			json_object_array_get_idx(missing, i)));
		hit = bsearch(&k, sorted, fs->n, sizeof(*sorted), by_sha);
		if (hit == NULL)
			return complain(RC_FAIL,
			    "%s asks for a file that is not in the folder",
			    s->cli->url);
		s->item[i].file = *hit;
		s->bytes += (*hit)->size;
	}
	return RC_OK;
}

enum rc
upload_send(struct cli *c, const char *root, const struct files *fs,
    const char *id, struct json_object *missing)
{
	struct sender s = { .cli = c, .root = root, .id = id };
	enum rc rc;
	size_t i;

	if ((rc = plan(&s, fs, missing)) != RC_OK || s.n == 0)
		return rc;
	if ((s.multi = curl_multi_init()) == NULL)
		fatalx("cannot set up libcurl");
	while (rc == RC_OK && s.done < s.n && !interrupted())
		rc = turn(&s);
	for (i = 0; i < LANES; i++)
		stop(&s, &s.lane[i]);
	curl_multi_cleanup(s.multi);
	if (rc == RC_OK && s.done < s.n)
		return complain(RC_FAIL,
		    "interrupted; run the command again, it sends only what "
		    "is missing");
	return rc;
}

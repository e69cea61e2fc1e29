#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lockfile.h"

#define HASH         LOCKFILE_HASH
#define HEX          (HASH * 2)
#define BASE64       88 /* a hash in it */
#define SLUG         10 /* digits of a hash that Yarn puts into a name */
#define NAME_SIZE    250
#define DEPTH        64 /* of a URL */
#define PACKAGES_MAX 20000

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define PLAIN   LETTERS "0123456789._-"

struct list {
	struct arena *arena;
	struct download *v;
	size_t n, max;
};

void
lockfile_path(const unsigned char hash[HASH], char path[LOCKFILE_PATH])
{
	char hex[HEX + 1];

	sodium_bin2hex(hex, sizeof(hex), hash, HASH);
	snprintf(path, LOCKFILE_PATH, "%.2s/%.2s/%s", hex, hex + 2, hex + 4);
}

/* Room for as many as there are of what each package has. */
static struct list
list_for(struct arena *a, const char *text, const char *mark)
{
	struct list l = { .arena = a };

	while (l.max < PACKAGES_MAX && (text = strstr(text, mark)) != NULL) {
		text++;
		l.max++;
	}
	l.v = arena_alloc(a, (l.max + 1) * sizeof(*l.v));
	return l;
}

static struct download *
put(struct list *l, const char *name)
{
	if (l->n == l->max || name == NULL || *name == '.' ||
	    strlen(name) > NAME_SIZE)
		return NULL;
	l->v[l->n].name = name;
	return &l->v[l->n++];
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct download *)a)->name,
	    ((const struct download *)b)->name);
}

/*
 * Each name once.  Where it is not sure which package it means, what is given
 * for the one could be taken for another that nobody verifies: then none.
 */
static size_t
settle(struct list *l, struct download **out)
{
	size_t i, n = 0;

	qsort(l->v, l->n, sizeof(*l->v), by_name);
	for (i = 1; i < l->n; i++)
		if (by_name(&l->v[i - 1], &l->v[i]) == 0 &&
		    memcmp(l->v[i - 1].hash, l->v[i].hash, HASH) != 0)
			return 0;
	for (i = 0; i < l->n; i++)
		if (!sodium_is_zero(l->v[i].hash, HASH) &&
		    (n == 0 || by_name(&l->v[n - 1], &l->v[i]) != 0))
			l->v[n++] = l->v[i];
	*out = l->v;
	return n;
}

static int
read_base64(const char *s, unsigned char hash[HASH])
{
	unsigned char sum[HASH];
	size_t len;

	if (strnlen(s, BASE64) != BASE64 ||
	    sodium_base642bin(sum, HASH, s, BASE64, NULL, &len, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    len != HASH)
		return 0;
	memcpy(hash, sum, HASH);
	return 1;
}

/* A URL with a password, or what may be one, is asked for by its owner. */
static int
is_private(const char *url)
{
	size_t n = strcspn(url, "#\"\n");
	const char *host = memmem(url, n, "//", 2);

	return memchr(url, '?', n) != NULL || host == NULL ||
	    host[2 + strcspn(host + 2, "@/#\"\n")] == '@';
}

/* Of all from text to end, which may have been of several packages. */
static int
any_private(const char *text, const char *end)
{
	static const char key[] = "\"resolved\": \"";

	while ((text = memmem(text, (size_t)(end - text), key,
		    sizeof(key) - 1)) != NULL) {
		text += sizeof(key) - 1;
		if (is_private(text))
			return 1;
	}
	return 0;
}

/* ""resolved": "URL", "integrity": "sha512-..."", the former maybe. */
size_t
lockfile_npm(struct arena *a, const char *text, struct download **out)
{
	static const char mark[] = "\"sha512-";
	struct list l = list_for(a, text, mark);
	unsigned char hash[HASH];
	char path[LOCKFILE_PATH];
	struct download *d;
	const char *at;
	int secret;

	for (; (at = strstr(text, mark)) != NULL; text = at) {
		secret = any_private(text, at);
		at += sizeof(mark) - 1;
		if (secret || !read_base64(at, hash))
			continue;
		lockfile_path(hash, path);
		d = put(&l, arena_strndup(a, path, LOCKFILE_PATH));
		if (d != NULL)
			memcpy(d->hash, hash, HASH);
	}
	return settle(&l, out);
}

/* The line's rest after a word; NULL if it begins with another. */
static const char *
after(const char *line, const char *word)
{
	size_t n = strlen(word);

	return strncmp(line, word, n) == 0 ? line + n : NULL;
}

static const char *
next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line != '\0' ? line + 1 : line;
}

/*
 * What Yarn 1 calls a package in its mirror: "core-7.1.0.tgz" of
 * "https://host/core/-/core-7.1.0.tgz", "@babel-core-7.1.0.tgz" of
 * "https://host/@babel/core/-/core-7.1.0.tgz".
 */
static const char *
mirror_name(struct arena *a, const char *url)
{
	char *path, *at, *part[DEPTH];
	size_t n = 0, k;

	url += strcspn(url, "/\"\n");
	if ((url = after(url, "//")) == NULL)
		return NULL;
	url += strcspn(url, "/?#\"\n");
	k = strcspn(url, "?#\"\n");
	if (*url != '/' || strspn(url, PLAIN "/@") < k)
		return NULL;
	path = arena_strndup(a, url, k);
	for (at = path; at != NULL && n < DEPTH; n++) {
		part[n] = at + 1;
		if ((at = strchr(at + 1, '/')) != NULL)
			*at = '\0';
	}
	if (at != NULL || *part[--n] == '\0')
		return NULL;
	at = part[n];
	if (n > 0 && *part[n - 1] == '@') /* once more, before the file */
		n--;
	if (n > 2 && *part[n - 3] == '@' &&
	    (strcmp(part[n - 1], "-") == 0 ||
		strcmp(part[n - 1], "_attachments") == 0))
		return arena_printf(a, "%s-%s", part[n - 3], at);
	return at;
}

/* "  resolved "URL#..."", and maybe "  integrity sha512-... sha1-...". */
size_t
lockfile_yarn(struct arena *a, const char *text, struct download **out)
{
	struct list l = list_for(a, text, "\n  resolved ");
	struct download *d = NULL;
	const char *s;
	int secret = 0;

	for (; *text != '\0'; text = next_line(text)) {
		if (*text != ' ')
			d = NULL;
		if ((s = after(text, "  resolved \"")) != NULL) {
			d = put(&l, mirror_name(a, s));
			secret = d != NULL && is_private(s);
		}
		if (d == NULL || secret ||
		    (s = after(text, "  integrity ")) == NULL)
			continue;
		s = memmem(s, strcspn(s, "\n"), "sha512-", 7);
		if (s != NULL)
			(void)read_base64(s + 7, d->hash);
	}
	return settle(&l, out);
}

static void
hash_of(const char *text, char hex[HEX + 1])
{
	unsigned char sum[HASH];

	crypto_hash_sha512(sum, (const unsigned char *)text, strlen(text));
	sodium_bin2hex(hex, HEX + 1, sum, HASH);
}

/*
 * What Yarn 2 and later call a package of a registry, up to the digits of its
 * checksum: of "@babel/core@npm:7.1.0" that is "@babel-core-npm-7.1.0-" and
 * ten digits of a hash of all that.  Others are made of it, or are no files.
 */
static const char *
berry_name(struct arena *a, const char *s)
{
	const char *scope = "", *name, *version;
	char hex[HEX + 1];
	size_t n;

	if (*s == '@') {
		n = strspn(++s, PLAIN);
		scope = arena_strndup(a, s, n);
		s += n;
		if (*s++ != '/')
			return NULL;
	}
	n = strspn(s, PLAIN);
	name = arena_strndup(a, s, n);
	if ((s = after(s + n, "@npm:")) == NULL)
		return NULL;
	n = strspn(s, PLAIN);
	version = arena_strndup(a, s, n);
	if (s[n] != '"' || n == 0)
		return NULL;
	hash_of(arena_printf(a, "%s%s", scope, name), hex);
	hash_of(arena_printf(a, "%snpm:%s", hex, version), hex);
	return arena_printf(a, "%s%s%s%s-npm-%s-%.*s-",
	    *scope != '\0' ? "@" : "", scope, *scope != '\0' ? "-" : "", name,
	    version, SLUG, hex);
}

/*
 * "  resolution: "a@npm:1.0.0"" and "  checksum: 10c0/HEX", or HEX alone.  It
 * is the hash of a zip that Yarn makes of what it fetches.
 */
size_t
lockfile_berry(struct arena *a, const char *text, struct download **out)
{
	struct list l = list_for(a, text, "\n  resolution: ");
	const char *s, *name = NULL;
	unsigned char hash[HASH];
	struct download *d;
	size_t len;

	for (; *text != '\0'; text = next_line(text)) {
		if (*text != ' ')
			name = NULL;
		if ((s = after(text, "  resolution: \"")) != NULL)
			name = berry_name(a, s);
		if (name == NULL || (s = after(text, "  checksum: ")) == NULL)
			continue;
		if (s[strcspn(s, "/\n")] == '/')
			s += strcspn(s, "/") + 1;
		if (sodium_hex2bin(hash, HASH, s, strcspn(s, "\n"), NULL, &len,
			NULL) != 0 ||
		    len != HASH)
			continue;
		d = put(&l, arena_printf(a, "%s%.*s.zip", name, SLUG, s));
		if (d != NULL)
			memcpy(d->hash, hash, HASH);
	}
	return settle(&l, out);
}

/*
 * untar -- an archive as fcgi-api writes it, piece by piece.
 *
 * Regular files, with an extended head where one is needed, two blocks of
 * zeroes, and nothing else: whatever is not that is refused rather than
 * understood, whoever sent it.
 */
#include <stdlib.h>
#include <string.h>

#include "slipway.h"

#define NAME_LEN 100
#define AT_SIZE  124
#define AT_SUM   148
#define AT_TYPE  156
#define AT_MAGIC 257

/* "00000000123", and nothing but digits before its NUL. */
static bool
octal(const char *s, size_t len, unsigned long long *out)
{
	size_t i;

	for (*out = 0, i = 0; i < len && s[i] >= '0' && s[i] <= '7'; i++)
		*out = *out * 8 + (unsigned long long)(s[i] - '0');
	return i > 0 && i < len && (s[i] == '\0' || s[i] == ' ');
}

static bool
sum_ok(const char *b)
{
	unsigned long long said, sum = 0;
	size_t i;

	for (i = 0; i < UNTAR_BLOCK; i++)
		sum +=
		    i >= AT_SUM && i < AT_SUM + 8 ? ' ' : (unsigned char)b[i];
	return octal(b + AT_SUM, 8, &said) && said == sum;
}

/* A relative path of parts that are neither empty nor dots. */
static bool
path_ok(const char *s, size_t len)
{
	size_t n;

	if (len == 0 || len > UNTAR_PATH || memchr(s, '\0', len) != NULL)
		return false;
	for (;;) {
		for (n = 0; n < len && s[n] != '/'; n++)
			;
		if (n == 0 ||
		    (s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.'))))
			return false;
		if (n == len)
			return true;
		s += n + 1;
		len -= n + 1;
	}
}

/* "25 path=...\n", one after the other. */
static enum rc
records(struct untar *u)
{
	char *s = u->extra, *end = s + u->nextra, *eq, *key, *last;
	unsigned long n;

	u->long_path = u->long_size = false;
	while (s < end) {
		n = strtoul(s, &key, 10);
		if (key == s || *key != ' ' || n > (unsigned long)(end - s) ||
		    n <= (unsigned long)(key + 1 - s) || s[n - 1] != '\n')
			return RC_TYPE;
		last = s + n - 1;
		key++;
		if ((eq = memchr(key, '=', (size_t)(last - key))) == NULL)
			return RC_TYPE;
		*eq++ = '\0';
		*last = '\0';
		if (strcmp(key, "path") == 0 && last - eq <= UNTAR_PATH) {
			memcpy(u->path, eq, (size_t)(last - eq) + 1);
			u->npath = (size_t)(last - eq);
			u->long_path = true;
		} else if (strcmp(key, "size") == 0) {
			u->size = strtoull(eq, &key, 10);
			if (key != last)
				return RC_TYPE;
			u->long_size = true;
		} else
			return RC_TYPE;
		s += n;
	}
	return RC_OK;
}

static enum rc
file_head(struct untar *u, unsigned long long size)
{
	if (!u->long_path) {
		u->npath = strnlen(u->block, NAME_LEN);
		memcpy(u->path, u->block, u->npath);
		u->path[u->npath] = '\0';
	}
	if (!u->long_size)
		u->size = size;
	u->long_path = u->long_size = false;
	if (!path_ok(u->path, u->npath))
		return RC_TYPE;
	u->left = u->size;
	u->pad = (size_t)(-u->size & (UNTAR_BLOCK - 1));
	u->state = UNTAR_DATA;
	return u->begin(u->arg, u->path, u->size);
}

static enum rc
head(struct untar *u)
{
	static const char zero[UNTAR_BLOCK];
	unsigned long long size;

	if (memcmp(u->block, zero, UNTAR_BLOCK) == 0)
		return u->long_path || ++u->zeroes > 2 ? RC_TYPE : RC_OK;
	if (u->zeroes > 0 || memcmp(u->block + AT_MAGIC, "ustar", 6) != 0 ||
	    !sum_ok(u->block) || !octal(u->block + AT_SIZE, 12, &size))
		return RC_TYPE;
	if (u->block[AT_TYPE] == '0')
		return file_head(u, size);
	if (u->block[AT_TYPE] != 'x' || size > sizeof(u->extra) - 1 ||
	    u->long_path || u->long_size)
		return RC_TYPE;
	u->nextra = 0;
	u->left = size;
	u->pad = (size_t)(-size & (UNTAR_BLOCK - 1));
	u->state = UNTAR_EXTRA;
	return RC_OK;
}

/* What was being read is complete, and the padding follows. */
static enum rc
ended(struct untar *u)
{
	enum rc rc;

	if (u->state == UNTAR_EXTRA) {
		u->extra[u->nextra] = '\0';
		rc = records(u);
	} else
		rc = u->end(u->arg);
	u->state = UNTAR_PAD;
	return rc;
}

enum rc
untar_feed(struct untar *u, const char *p, size_t n)
{
	enum rc rc = RC_OK;
	size_t k;

	while (rc == RC_OK) {
		if ((u->state == UNTAR_DATA || u->state == UNTAR_EXTRA) &&
		    u->left == 0) {
			rc = ended(u);
			continue;
		}
		if (u->state == UNTAR_PAD && u->pad == 0) {
			u->state = UNTAR_HEAD;
			continue;
		}
		if (n == 0)
			break;
		switch (u->state) {
		case UNTAR_HEAD:
			k = UNTAR_BLOCK - u->have < n ? UNTAR_BLOCK - u->have :
							n;
			memcpy(u->block + u->have, p, k);
			if ((u->have += k) == UNTAR_BLOCK) {
				u->have = 0;
				rc = head(u);
			}
			break;
		case UNTAR_PAD:
			k = u->pad < n ? u->pad : n;
			u->pad -= k;
			break;
		default:
			k = u->left < n ? (size_t)u->left : n;
			if (u->state == UNTAR_DATA)
				rc = u->data(u->arg, p, k);
			else
				memcpy(u->extra + u->nextra, p, k);
			u->nextra += u->state == UNTAR_EXTRA ? k : 0;
			u->left -= k;
		}
		p += k;
		n -= k;
	}
	return rc;
}

bool
untar_done(const struct untar *u)
{
	return u->zeroes == 2 && u->have == 0;
}

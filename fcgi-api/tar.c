#include <stdio.h>
#include <string.h>

#include "tar.h"

/* Where fields stand, and how long they are. */
#define NAME_LEN   100
#define AT_MODE    100
#define AT_UID     108
#define AT_GID     116
#define AT_SIZE    124
#define AT_MTIME   136
#define AT_SUM     148
#define AT_TYPE    156
#define AT_MAGIC   257
#define AT_MAJOR   329
#define AT_MINOR   337
#define SIZE_OCTAL 077777777777 /* the largest in eleven digits */

size_t
tar_padding(uint64_t size)
{
	return -size & (TAR_BLOCK - 1);
}

static int
is_plain(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (name[i] < ' ' || name[i] > '~')
			return 0;
	return len <= NAME_LEN;
}

static void
block(char *b, char type, const char *name, size_t len, uint64_t size,
    time_t mtime)
{
	unsigned int sum = 0;
	size_t i;

	memset(b, 0, TAR_BLOCK);
	memcpy(b, name, len < NAME_LEN ? len : NAME_LEN);
	strcpy(b + AT_MODE, "0000644");
	strcpy(b + AT_UID, "0000000");
	strcpy(b + AT_GID, "0000000");
	snprintf(b + AT_SIZE, 12, "%011llo",
	    (unsigned long long)(size > SIZE_OCTAL ? 0 : size));
	snprintf(b + AT_MTIME, 12, "%011llo",
	    (unsigned long long)mtime & SIZE_OCTAL);
	memset(b + AT_SUM, ' ', 8);
	b[AT_TYPE] = type;
	memcpy(b + AT_MAGIC,
	    "ustar\0"
	    "00",
	    8);
	strcpy(b + AT_MAJOR, "0000000");
	strcpy(b + AT_MINOR, "0000000");
	for (i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)b[i];
	snprintf(b + AT_SUM, 7, "%06o", sum);
}

/* "25 path=...\n": the number counts itself.  Without a buffer only counts. */
static size_t
record(char *out, const char *key, const char *value, size_t len)
{
	size_t rest = strlen(key) + len + 3, n = rest + 1, was;

	do {
		was = n;
		n = rest + (size_t)snprintf(NULL, 0, "%zu", was);
	} while (n != was);
	if (out != NULL) {
		out += sprintf(out, "%zu %s=", n, key);
		memcpy(out, value, len);
		out[len] = '\n';
	}
	return n;
}

/* The records of the extended head; 0: it needs none. */
static size_t
extended(char *out, const char *name, size_t len, uint64_t size)
{
	char digits[24];
	size_t n = 0;
	int k;

	if (!is_plain(name, len))
		n += record(out, "path", name, len);
	if (size > SIZE_OCTAL) {
		k = snprintf(digits, sizeof(digits), "%llu",
		    (unsigned long long)size);
		n += record(out != NULL ? out + n : NULL, "size", digits,
		    (size_t)k);
	}
	return n;
}

size_t
tar_head(char *buf, const char *name, size_t len, uint64_t size, time_t mtime)
{
	static const char own[] = "PaxHeaders/file";
	size_t n = extended(NULL, name, len, size), at = 0;

	if (n > 0)
		at = TAR_BLOCK + n + tar_padding(n);
	if (buf == NULL)
		return at + TAR_BLOCK;
	if (n > 0) {
		block(buf, 'x', own, sizeof(own) - 1, n, mtime);
		memset(buf + TAR_BLOCK, 0, at - TAR_BLOCK);
		(void)extended(buf + TAR_BLOCK, name, len, size);
	}
	block(buf + at, '0', name, len, size, mtime);
	return at + TAR_BLOCK;
}

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "key.h"
#include "log.h"

#define FILE_MAX 1024

/* Everything the same byte is what an example or a broken maker looks like. */
static int
weak(const unsigned char *key)
{
	int i;

	for (i = 1; i < KEY_SIZE && key[i] == key[0]; i++)
		;
	return i == KEY_SIZE;
}

static const char *
parse(struct keys *keys, char *text)
{
	char *line, *rest = text, *hex;
	const char *end;
	size_t len;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (*line == '\0' || *line == '#')
			continue;
		if (keys->n == KEYS_MAX)
			return "has too many keys";
		if ((hex = strchr(line, ' ')) == NULL || hex == line ||
		    hex - line >= (int)sizeof(keys->k[0].id))
			return "has a line that is not \"id hex\"";
		*hex++ = '\0';
		if (sodium_hex2bin(keys->k[keys->n].key, KEY_SIZE, hex,
			strlen(hex), NULL, &len, &end) != 0 ||
		    len != KEY_SIZE || *end != '\0')
			return "has a key that is not 64 hexadecimal digits";
		if (weak(keys->k[keys->n].key))
			return "has a key that is not random";
		strcpy(keys->k[keys->n++].id, line);
	}
	return keys->n == 0 ? "has no key" : NULL;
}

enum rc
keys_load(struct keys *keys, const char *path, int secret)
{
	char text[FILE_MAX + 1] = "";
	const char *why = NULL;
	struct stat st;
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1 ||
	    fstat(fd, &st) == -1 || (n = read(fd, text, FILE_MAX)) == -1) {
		log_warn("%s", path);
		if (fd != -1)
			close(fd);
		return RC_NOT_FOUND;
	}
	close(fd);
	memset(keys, 0, sizeof(*keys));
	if (secret && (st.st_mode & 077) != 0)
		why = "can be read by others: chmod 0400 it";
	else
		why = parse(keys, text);
	sodium_memzero(text, sizeof(text));
	if (why == NULL)
		return RC_OK;
	log_warnx("%s %s; \"slipwayctl keys\" makes a good one", path, why);
	return RC_INVALID;
}

const unsigned char *
keys_find(const struct keys *keys, const char *id)
{
	int i;

	for (i = 0; i < keys->n; i++)
		if (strcmp(keys->k[i].id, id) == 0)
			return keys->k[i].key;
	return NULL;
}

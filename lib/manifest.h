/*
 * manifest -- all that is needed to answer for one deployment, in one file.
 *
 * Pairs (pairs.h): path to file, and settings.  It is made once when a
 * deployment is published, is a blob itself, and is mapped by fcgi-serve.
 * A request path is only ever a key in here, never a path on disk.
 *
 *	"/css/site.css"	-> a struct manifest_file, packed
 *	"\0<name>"	-> a setting: spa, framework, published, ...
 *	"\0rules"	-> the site's own rules, compiled (rules/table.h)
 *	"\0report"	-> what became of each line of its files, as JSON
 *
 * Readers trust nothing: a manifest that was cut or changed gives RC_FAIL.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "pairs.h"

enum manifest_encoding {
	MANIFEST_BR,
	MANIFEST_ZSTD,
	MANIFEST_GZIP,
	MANIFEST__ENCODINGS
};

struct manifest_file {
	unsigned char hash[32]; /* SHA-256 of the file as it was built */
	uint64_t size;
	uint64_t encoded[MANIFEST__ENCODINGS]; /* sizes; 0: not there */
	unsigned int flags;
#define MANIFEST_HASHED 0x01 /* its name changes with its content */
	const char *type;    /* Content-Type, with charset */
};

/* Making one, between pairs_new() and pairs_end(). */
enum rc manifest_add(struct pairs_writer *, const char *path,
    const struct manifest_file *) MUST_CHECK;
enum rc manifest_set(struct pairs_writer *, const char *name,
    const char *value) MUST_CHECK;
/* The same for what is no text. */
enum rc manifest_put(struct pairs_writer *, const char *name, const void *,
    size_t) MUST_CHECK;

/* Reading one.  fd is mapped, and may be closed afterwards. */
struct manifest;
enum rc manifest_open(struct manifest **, int fd) MUST_CHECK;
void manifest_close(struct manifest *); /* NULL is fine */

/* RC_NOT_FOUND if there is no such file; type points into the mapping. */
enum rc manifest_find(const struct manifest *, const char *path, size_t len,
    struct manifest_file *) MUST_CHECK;
/* NULL if not set; in the mapping, and not terminated. */
const char *manifest_get(const struct manifest *, const char *name,
    size_t *len);
/* Every file, for collection and listings. */
enum rc manifest_walk(const struct manifest *,
    enum rc (*fn)(void *, const char *path, size_t len,
	const struct manifest_file *),
    void *) MUST_CHECK;

#endif

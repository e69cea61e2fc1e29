/*
 * table -- the rules of one deployment, compiled: one immutable run of bytes.
 *
 * compile.c writes it, match.c asks it, in place: it lies in the mapping of a
 * manifest, at any address.  Whoever reads trusts nothing, since a blob may
 * have been changed: every number is checked before it is used, and what does
 * not hold gives RC_FAIL.  Numbers are 32 bits, little endian; a string is its
 * length and its bytes.
 *
 *	head	magic, size, settings, where the rules are, an index a phase
 *	index	shapes, and a hash from what a path has where a shape has text
 *		to the numbers of rules, ascending
 *	rules	one after the other; see struct rule_writer of compile.c
 *
 * A shape says which of a pattern's parts are text: "/blog/:year/index" has
 * the first and the third.  A request is looked up once for each shape there
 * is, so ten thousand rules cost what ten do.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "regex.h"
#include "rule.h"

#define TABLE_MAX       (32u << 20)
#define TABLE_MAGIC     0x31524c53u /* "SLR1" */
#define TABLE_SHAPES    100         /* of one phase */
#define TABLE_KEY_PARTS 31          /* that a shape can look at */
#define TABLE_SLOTS     128         /* captures of one rule */
#define TABLE_OPS       256         /* pieces of one pattern */
#define TABLE_EXACT     (1u << 31)  /* a shape: all parts, and no more */

#define TABLE_AUTH_KEY  16 /* bytes */
#define TABLE_AUTH_HASH 32

/* Where the head has what, in bytes. */
#define AT_MAGIC       0
#define AT_SIZE        4
#define AT_CLEAN_URLS  8 /* of rules_settings, plus one */
#define AT_SLASH       12
#define AT_VERCEL      16
#define AT_NRULES      20
#define AT_RULES       24 /* an offset for each */
#define AT_INDEX(p)    (28 + 16 * (uint32_t)(p))
#define INDEX_NSHAPES  0
#define INDEX_SHAPES   4
#define INDEX_NBUCKETS 8
#define INDEX_BUCKETS  12
#define HEAD_SIZE      AT_INDEX(RULE__PHASES)

/* A bucket: shape, hash, where its numbers of rules are, and how many. */
#define BUCKET_SIZE 16

/* What a pattern is made of. */
enum op {
	OP_TEXT,  /* PARTS: a part; GLOB: bytes */
	OP_PARAM, /* one part, not empty */
	OP_STAR,  /* PARTS: any number of parts; GLOB: of bytes */
	OP_PREFIX /* PARTS: a part that begins so; a star follows */
};

/* How a capture is written where it lands. */
enum landing { LANDS_PATH, LANDS_QUERY, LANDS_HOST, LANDS_HEADER };

/* What a rule does, beside its status. */
#define RULE_HAS_QUERY 0x01 /* the request's query goes along */
#define RULE_CASELESS  0x02
#define RULE_IS_URL    0x04 /* to another host */
#define RULE_CHECK     0x08 /* without a file, the rules below are asked */
#define RULE_IN_TURN   0x10
#define RULE_GUARDED   0x20
#define RULE_CATCHES   0x40 /* whatever it captures is answered by one file */
#define RULE_SPARES    0x80 /* but not what is missing in /.well-known/ */

struct table;

/* Bytes stay where they are, until it is closed. */
enum rc table_open(struct table **, const void *, size_t) MUST_CHECK;
void table_close(struct table *); /* NULL is fine */
void table_settings(const struct table *, struct rules_settings *);

/*
 * Reads one number or string after the other.  Once it has met the end, it is
 * bad, and all it reads is 0 and "".
 */
struct reader {
	const unsigned char *at, *end;
	int bad;
};
struct str {
	const char *s;
	size_t n;
};
uint32_t read_u32(struct reader *);
struct str read_str(struct reader *);
/* A number that must be below max. */
uint32_t read_below(struct reader *, uint32_t max);

/* For match.c: what is at an offset; bad if that is not in the table. */
struct reader table_at(const struct table *, uint32_t offset);
struct reader table_rule(const struct table *, uint32_t number);
uint32_t table_head(const struct table *, uint32_t at);

/* Both sides hash alike: letters without their case. */
#define TABLE_HASH 2166136261u
uint32_t table_hash_part(const char *, size_t);
uint32_t table_hash_add(uint32_t hash, uint32_t part, size_t position);
uint32_t table_bucket(uint32_t shape, uint32_t hash, uint32_t nbuckets);

#endif

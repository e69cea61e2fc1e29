/*
 * compile -- struct rules to the table that is asked (table.h).
 */
#ifndef COMPILE_H
#define COMPILE_H

#include "rule.h"
#include "table.h"

/*
 * The table, in the rules' arena.  A rule that cannot be compiled is refused,
 * and gone from the list.  RC_TOO_LARGE: it is over TABLE_MAX.
 */
enum rc rules_compile(struct rules *, void **, size_t *) MUST_CHECK;

/* Bytes as they grow; for the files of the compiler. */
struct writer {
	struct arena *arena;
	unsigned char *p;
	size_t n, room;
};
void write_u32(struct writer *, uint32_t);
void write_bytes(struct writer *, const void *, size_t);
void write_str(struct writer *, const char *, size_t);
void write_at(struct writer *, size_t at, uint32_t);

/* One piece of a pattern, before it is written. */
struct op_text {
	enum op op;
	uint32_t slot; /* of what it captures, or 0 */
	const char *text;
	size_t n;
};
struct ops {
	struct op_text op[TABLE_OPS];
	size_t n;
	/* The names of the slots, from 1. */
	struct str names[TABLE_SLOTS];
	uint32_t nslots;
};
/* NULL, or why the pattern is no good. */
const char *pattern_parse(struct ops *, struct arena *, const struct pattern *);

/* index.c: where the rules of each phase are found. */
struct index;
struct index *index_new(struct arena *);
void index_add(struct index *, enum rule_phase, uint32_t number,
    const struct pattern *);
void index_write(struct index *, struct writer *);

#endif

/*
 * lru -- what was used last, found by name, within a budget.
 *
 * What is kept begins with a struct lru_item.  lru_trim() drops what was not
 * used for longest, until the rest fits; nothing that was found or added since
 * the trim before is gone until then, so whoever trims between requests may use
 * all that it found during one.
 */
#ifndef LRU_H
#define LRU_H

#include <stddef.h>

struct lru_item {
	struct lru_item *next;          /* in its bucket */
	struct lru_item *newer, *older; /* in the order of use */
	const char *name;               /* lives as long as the item */
	size_t weight;                  /* of the budget */
};

struct lru;

struct lru *lru_new(size_t budget, void (*drop)(struct lru_item *));
void lru_free(struct lru *); /* NULL is fine */

/* The item of that name, which is the newest now; or NULL. */
void *lru_find(struct lru *, const char *name);

/* In the place of one of the same name, if there is one. */
void lru_add(struct lru *, struct lru_item *, const char *name, size_t weight);
void lru_forget(struct lru *, const char *name);
void lru_trim(struct lru *);

#endif

/* What was used last stays, within the budget; what was found stays until trim.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site/lru.h"
#include "tap.h"

struct thing {
	struct lru_item item;
	char name[16];
};

static int dropped;

static void
drop(struct lru_item *i)
{
	dropped++;
	free(i);
}

static struct thing *
add(struct lru *l, int n)
{
	struct thing *t = calloc(1, sizeof(*t));

	snprintf(t->name, sizeof(t->name), "%d", n);
	lru_add(l, &t->item, t->name, 1);
	return t;
}

static struct thing *
find(struct lru *l, int n)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", n);
	return lru_find(l, name);
}

static void
order(void)
{
	struct lru *l = lru_new(100, drop);
	int i, missing = 0;

	for (i = 0; i < 200; i++)
		add(l, i);
	ok(dropped == 0, "nothing goes before the trim");
	ok(find(l, 0) != NULL, "the first is there, and used");
	lru_trim(l);
	ok(dropped == 100, "then as many as are too many");
	ok(find(l, 0) != NULL, "not what was used");
	for (i = 1; i <= 100; i++)
		if (find(l, i) != NULL)
			missing++;
	ok(missing == 0, "but what was not");
	for (i = 101; i < 200; i++)
		if (find(l, i) == NULL)
			missing++;
	ok(missing == 0, "and the newest are all there");
	lru_free(l);
	ok(dropped == 200, "in the end all go");
}

static void
names(void)
{
	struct lru *l = lru_new(10, drop);
	struct thing *one, *two;

	dropped = 0;
	one = add(l, 1);
	two = add(l, 1);
	ok(find(l, 1) == two, "a second of the same name is found");
	is(one->name, "1", "the first can be used until the trim");
	lru_trim(l);
	ok(dropped == 1, "and goes then");
	lru_forget(l, "1");
	ok(find(l, 1) == NULL, "what is forgotten is not found");
	lru_forget(l, "1");
	lru_trim(l);
	ok(dropped == 2, "and goes");
	ok(find(l, 2) == NULL, "nothing is found in nothing");
	lru_free(l);
}

static void
weights(void)
{
	struct lru *l = lru_new(10, drop);
	struct thing *t = calloc(1, sizeof(*t));

	dropped = 0;
	add(l, 1);
	lru_add(l, &t->item, "heavy", 50);
	ok(lru_find(l, "heavy") == t, "what is more than the budget is there");
	lru_trim(l);
	ok(dropped == 2, "until the trim");
	lru_free(l);
	lru_free(NULL);
}

int
main(void)
{
	order();
	names();
	weights();
	return done();
}

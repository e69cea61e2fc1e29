/*
 * Publish, delete, collect, and what must stay true whatever happens: REL-03.
 *
 * lib/store.c and the collector of slipwayctl run on a file system that forgets
 * (simfs.h), with a database of a few rows beside it whose transactions are
 * steps (life.h).  Who runs next is chosen: in every way that changes only so
 * often from one who could have gone on, and then by chance, from a seed.
 * After each step
 *
 *	- every deployment that is ready is whole, every file in its place;
 *	- so it is after a power cut, with nothing, something or everything kept
 *	  of what was not synced;
 *
 * and when all have ended, or died, a collection some days later leaves what
 * ready deployments have, and nothing else.
 *
 * To show that it would notice, each of the ways to do wrong must be found.
 */
#include "life.h"

/* ---- one run ---- */

static void
main_of(int i)
{
	actors[i].run(actors[i].arg);
	actors[i].over = 1;
}

static void
actor(void (*run)(int), int arg)
{
	struct actor *a = &actors[nactors];

	if (a->stack == NULL && (a->stack = malloc(STACK)) == NULL)
		abort();
	a->run = run;
	a->arg = arg;
	a->over = a->dead = 0;
	getcontext(&a->at);
	a->at.uc_stack.ss_sp = a->stack;
	a->at.uc_stack.ss_size = STACK;
	a->at.uc_link = &scheduler;
	makecontext(&a->at, (void (*)(void))main_of, 1, nactors++);
}

/* A blob that has been there for long. */
static void
old(const char *name)
{
	struct file *f = &sim.files[sim.nfiles];
	char folder[3] = { name[0], name[1], '\0' };
	int d;

	for (d = 1; strcmp(folders[d], folder) != 0; d++)
		;
	bytes_of(name, f->bytes);
	f->size = f->safe = (int)strlen(f->bytes);
	f->used = START - 10 * BLOBS_DAY;
	sim_note(&sim.disk, d, name + 2, sim.nfiles++);
}

/* The first row is live, the second was deleted hours ago: bits 0,1 and 1,2. */
static void
reset(enum broken broken)
{
	static const unsigned int was[] = { 3, 6 };
	int i;

	memset(&sim, 0, sizeof(sim));
	memset(rows, 0, sizeof(rows));
	sim.now = START;
	sim.broken = broken;
	for (i = 1; i < FOLDERS; i++)
		if (i != 4)
			sim_note(&sim.disk, 0, folders[i], 0);
	for (i = 0; i < 3; i++) {
		old(blobs[i]);
		old(brs[i]);
	}
	for (i = 0; i < 2; i++) {
		old(manifests[was[i]]);
		rows[i] = (struct row){ .state = READY,
			.files = was[i],
			.encoded = was[i],
			.started = START - 10 * BLOBS_DAY };
	}
	rows[1].deleted = START - 23 * BLOBS_HOUR;
	nactors = 0;
	nchoices = changes = 0;
}

static void
go(int i)
{
	sim.actor = i;
	swapcontext(&scheduler, &actors[i].at);
	sim.actor = ACTORS;
	check_all();
}

static int
alive(int i)
{
	return !actors[i].over && !actors[i].dead;
}

static int
can_go(int i)
{
	return alive(i) && !sim_waits(i);
}

/* Who is gone lets go of locks; his build is lost. */
static void
die(int i)
{
	int k;

	actors[i].dead = 1;
	for (k = 0; k < FDS; k++)
		if (sim.fds[k].owner == i)
			sim.fds[k].used = 0;
	if (rows[2 + i].state == BUILDING)
		rows[2 + i].state = FAILED;
}

/* All of them are; with what a power cut leaves. */
static void
power_cut(void)
{
	static struct names left;
	int i;

	cut(&left, (int)chance(3));
	sim.disk = left;
	sim.pending.n = 0;
	for (i = 0; i < sim.nfiles; i++)
		sim.files[i].size = sim.files[i].safe;
	for (i = 0; i < nactors; i++)
		if (!actors[i].over)
			die(i);
}

/* Some days later nobody works, and what is not needed goes. */
static void
settle(void)
{
	const struct names *live[] = { &sim.disk, &sim.pending };
	unsigned int needed = 0;
	int r, i, d;

	for (i = 0; i < nactors; i++)
		if (alive(i))
			bad("they wait for each other");
	sim.actor = ACTORS;
	for (r = 0; r < 2; r++) {
		sim.now += 3 * BLOBS_DAY;
		collect(0);
	}
	check_all();
	for (r = 0; r < ROWS; r++)
		if (rows[r].state == READY && !rows[r].collected)
			needed |= rows[r].files;
	for (i = 0; i < 4; i++)
		if (!(needed & 1U << i) && whole(live, 2, blobs[i], -1))
			bad("what nobody needs stays");
	for (d = 0; d < 2; d++)
		for (i = 0; i < live[d]->n; i++)
			if (live[d]->list[i].folder == 1 &&
			    sim_look(1, live[d]->list[i].name) != -1)
				bad("a publisher that died left something");
}

/* In order, and one who can go on does: anything else is a change. */
static int
choose(int last)
{
	int ready[ACTORS], n = 0, i, took;

	if (last != -1 && can_go(last))
		ready[n++] = last;
	for (i = 0; i < nactors; i++)
		if (i != last && can_go(i))
			ready[n++] = i;
	if (n == 0)
		return -1;
	if (nchoices == STEPS)
		abort();
	if (last != -1 && can_go(last) && changes == most)
		n = 1;
	took = nchoices < replay ? choices[nchoices].took : 0;
	choices[nchoices].took = (unsigned char)took;
	choices[nchoices++].of = (unsigned char)n;
	if (took > 0 && last != -1 && can_go(last))
		changes++;
	return ready[took];
}

struct scene {
	const char *name;
	void (*set)(void);
	int changes; /* from one who can go on, at most */
};

static void
run_one(const struct scene *s, enum broken broken)
{
	int last = -1;

	reset(broken);
	s->set();
	runs++;
	while ((last = choose(last)) != -1 && wrong == 0)
		go(last);
	if (wrong == 0)
		settle();
}

/* Every way there is, the last choice first; until something is wrong. */
static void
walk(const struct scene *s, enum broken broken)
{
	int i;

	replay = 0;
	most = s->changes;
	do {
		run_one(s, broken);
		for (i = nchoices - 1;
		     i >= 0 && choices[i].took + 1 >= choices[i].of; i--)
			;
		if (i >= 0)
			choices[i].took++;
		replay = i + 1;
	} while (i >= 0 && wrong == 0);
}

/* As luck has it: somebody dies, the power goes, days pass. */
static void
wander(const struct scene *s, enum broken broken, unsigned int times)
{
	int steps, i;

	while (times-- > 0 && wrong == 0) {
		reset(broken);
		s->set();
		runs++;
		for (steps = 0;; steps++) {
			int n = 0, ready[ACTORS];

			for (i = 0; i < nactors; i++)
				if (can_go(i))
					ready[n++] = i;
			if (n == 0 || wrong > 0)
				break;
			i = ready[chance((unsigned int)n)];
			if (chance(300) == 0)
				die(i);
			else if (chance(300) == 0)
				power_cut();
			else
				go(i);
		}
		if (wrong == 0)
			settle();
	}
}

/* ---- scenes ---- */

static void
two(void)
{
	actor(publish, 6);
	actor(collect, 0);
}
static void
same(void)
{
	actor(publish, 12);
	actor(publish, 12);
}
static void
back(void)
{
	actor(restore, 1);
	actor(wait_days, 1);
	actor(collect, 0);
}
static void
slow(void)
{
	actor(publish, 14);
	actor(wait_days, 2);
	actor(collect, 0);
}
static void
crowd(void)
{
	actor(publish, 14);
	actor(publish, 12);
	actor(collect, 0);
	actor(wait_days, 2);
}
static void
gone(void)
{
	actor(publish, 9);
	actor(delete, 0);
	actor(wait_days, 2);
	actor(collect, 0);
}

static const struct scene scenes[] = {
	{ "a publisher and a collector", two, 2 },
	{ "two publishers of the same", same, 2 },
	{ "one that is brought back while it is collected", back, 2 },
	{ "a publisher for whom days pass, and a collector", slow, 1 },
	{ "two publishers, a collector and time", crowd, 1 },
	{ "a publisher, a deletion, time and a collector", gone, 1 },
};

/* clang-format off */
static const struct {
	enum broken broken;
	const char *name;
} mutants[] = {
	{ NO_TOUCH,	"what is found is not touched" },
	{ NO_LOCK,	"nothing orders users and the collector" },
	{ NO_FILE_SYNC,	"bytes are not synced" },
	{ NO_NAME_SYNC,	"names are not synced" },
	{ OWN_NAMES,	"names that others put are not" },
	{ NO_ROOT_SYNC,	"folders that others made are not" },
	{ NO_DAY,	"a collector gives nobody time" },
	{ NO_BUILDING,	"it does not look at what is being built" },
	{ EARLY_LOOK,	"it looks at what is kept too early" },
	{ NO_MARKS,	"it sweeps before it marks" },
};
/* clang-format on */

static void
explore(enum broken broken, unsigned int times)
{
	size_t i;

	wrong = 0;
	what = "nothing";
	seed = 20;
	for (i = 0; i < NITEMS(scenes) && wrong == 0; i++) {
		walk(&scenes[i], broken);
		wander(&scenes[i], broken, times);
	}
}

int
main(void)
{
	unsigned long n;
	size_t i;

	if (sodium_init() == -1)
		return 1;
	name_all();
	for (i = 0; i < NITEMS(scenes); i++) {
		wrong = runs = cuts = 0;
		what = "";
		seed = 20;
		walk(&scenes[i], NOTHING);
		n = runs;
		wander(&scenes[i], NOTHING, 1000);
		ok(wrong == 0, "%s", scenes[i].name);
		printf("# %lu ways, %lu by chance, %lu power cuts; %s\n", n,
		    runs - n, cuts, what);
	}
	for (i = 0; i < NITEMS(mutants); i++) {
		runs = 0;
		explore(mutants[i].broken, 1000);
		ok(wrong > 0, "found: %s", mutants[i].name);
		printf("# in way %lu: %s\n", runs, what);
	}
	for (i = 0; i < ACTORS; i++)
		free(actors[i].stack);
	return done();
}

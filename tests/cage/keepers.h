/*
 * Keepers that are not what they should be: for tests that wrap keeper_main()
 * and disk_make().
 */
static void
hostile_keeper(void)
{
	struct cage *c, *other;
	char all;

	if (chmod(hostile, 0604) == -1)
		exit(1);
	c = open_cage("dpl_rrrrrrrrrrrr", 0);
	ok(c != NULL && read(cage_fd(c), &all, 1) == 1 && all == 'y',
	    "a keeper that was taken over undoes no mount, sets no deadline");
	ok(alive(0, 0), "and goes on");
	if (chmod(hostile, 0600) == -1)
		exit(1);
	other = open_cage("dpl_tttttttttttt", 1);
	is(run(other, CAGE_BUILD, "echo beside"), "beside\n",
	    "holds no other slot up");
	cage_close(other);
	cage_close(c);
	ok(!alive(0, 0), "ends with its cage all the same");
	c = open_cage("dpl_ssssssssssss", 0);
	is(run(c, CAGE_BUILD, "echo next"), "next\n",
	    "and is not there with the next");
	cage_close(c);
}

/* Of a cage that does not begin the keeper, which is in no cgroup yet, ends. */
static void
no_disk(void)
{
	struct cage *c;

	if (chmod(diskless, 0604) == -1)
		exit(1);
	ok(open_cage("dpl_uuuuuuuuuuuu", 0) == NULL, "no disk, no cage");
	if (chmod(diskless, 0600) == -1)
		exit(1);
	c = open_cage("dpl_vvvvvvvvvvvv", 0);
	is(run(c, CAGE_BUILD, "echo next"), "next\n", "and the next has one");
	cage_close(c);
}

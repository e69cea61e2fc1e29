#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "log.h"
#include "places.h"

int
places_new(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd == -1)
		fatal("memfd_create");
	return fd;
}

static int
lock(int fd, int command, short type, int at)
{
	struct flock l = { .l_type = type,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = 1 };
	int e;

	while ((e = fcntl(fd, command, &l)) == -1 && errno == EINTR)
		;
	return e == 0;
}

int
place_take(int places, int at)
{
	return lock(places, F_SETLK, F_WRLCK, at);
}

int
place_wait(int places, int at)
{
	return lock(places, F_SETLKW, F_WRLCK, at);
}

void
place_leave(int places, int at)
{
	lock(places, F_SETLK, F_UNLCK, at);
}

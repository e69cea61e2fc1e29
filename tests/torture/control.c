#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "control.h"

struct control *
control_open(const char *path, int make)
{
	void *p = MAP_FAILED;
	int fd;

	if (path == NULL ||
	    (fd = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0),
		 0666)) == -1)
		return NULL;
	if (!make ||
	    (fchmod(fd, 0666) == 0 &&
		ftruncate(fd, sizeof(struct control)) == 0))
		p = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

/* splitmix64 */
uint64_t
dice(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

unsigned int
dice_below(uint64_t *state, unsigned int n)
{
	return (unsigned int)(dice(state) % n);
}

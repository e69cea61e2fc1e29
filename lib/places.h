/*
 * places -- how many may do a thing at once, over all workers.
 *
 * A place is a record lock on one byte of a file in memory, made before the
 * workers are.  The kernel gives the place back when its holder dies.
 */
#ifndef PLACES_H
#define PLACES_H

int places_new(const char *name);

int place_take(int places, int at); /* 0: it is somebody else's */
int place_wait(int places, int at); /* the same, once it is free */
void place_leave(int places, int at);

#endif

/*
 * place -- files, each made where nothing was.
 *
 * Only directories and plain files are ever made below that directory, so no
 * part of a path is a link.
 */
#ifndef PLACE_H
#define PLACE_H

int place_dir(int dir, char *path);                   /* 0, or -1 */
int place_file(int dir, char *path, int executable);  /* to write, or -1 */
int place_same(int dir, const char *old, char *path); /* a second name */

#endif

/*
 * hashed -- names that a bundler has put the hash of a file's content into.
 */
#ifndef HASHED_H
#define HASHED_H

/*
 * Looks for ".4f2a9c1b." and "-Bx_91kQz." before the extension.  Where no
 * bundler writes, a word, a date or a number must not pass for one, lest it is
 * kept for a year; maybe: it may, for one writes there, or little is lost.
 */
int hashed_name(const char *path, int maybe);

#endif

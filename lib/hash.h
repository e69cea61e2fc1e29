/*
 * hash -- where a string belongs in a table of ours (FNV-1a).
 */
#ifndef HASH_H
#define HASH_H

unsigned long hash_of(const char *);

#endif

/*
 * room -- the disk that builds need.
 *
 * A process of its own keeps caches and mirrors within their budgets: they are
 * root's, so it is root, sees state-dir and nothing else, and all it can be
 * told is to look again.  It is asked after each build, and each day, and when
 * there is less free than disk-reserve.
 */
#ifndef ROOM_H
#define ROOM_H

#include "conf.h"

/* In builderd's main, as root, before priv_drop() and before the helper. */
enum rc room_start(const struct conf *) MUST_CHECK;

void room_collect(void); /* soon; returns at once */

/* May a build be taken?  If not, the log says why, and room is made. */
int room_for_build(const struct conf *);

#endif

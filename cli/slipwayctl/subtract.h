/*
 * subtract -- what one tree has that another has not.
 */
#ifndef SUBTRACT_H
#define SUBTRACT_H

#include "rc.h"

/*
 * Removes from tree, to which nobody else writes, whatever is the same in
 * base: files of the same mode and content, links, and directories that are
 * empty then; and whatever is neither of these.
 */
enum rc subtract(const char *tree, const char *base) MUST_CHECK;

#endif

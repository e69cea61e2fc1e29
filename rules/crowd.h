/*
 * crowd -- rules that together set more headers than an answer carries.
 *
 * Each path with headers is asked for, as a visitor would, and what is left out
 * there is noted at its rule.  Conditions are taken not to hold.
 */
#ifndef CROWD_H
#define CROWD_H

#include "rule.h"
#include "table.h"

void crowd_note(struct rules *, const struct table *);

#endif

/*
 * range -- which versions a range of npm allows: "^20.1 || >=22 <25".
 */
#ifndef RANGE_H
#define RANGE_H

/*
 * The first of the majors (0 ends them; the newest comes first) of which a
 * range allows some version; 0 for none, and for what is no range.
 */
int range_major(const char *range, const int majors[]);

/* The same, for what nvm and its like know besides: "lts/iron", "node". */
int range_node(const char *want, const int majors[]);

#endif

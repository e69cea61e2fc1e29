/* builderd/cage with gVisor, where that is installed. */
#define RUNTIME "runsc"
#define BASE    1650000000U
#include "tests/cage/cage-t.c"

/*
 * ready -- tells the service manager that we are up (sd_notify(3), in the one
 * form we use).  Says it once; without a manager it does nothing.
 */
#ifndef READY_H
#define READY_H

void ready(void);

#endif

/*
 * message -- what the proxy reads in a message of the DNS.
 *
 * Pure, and strict: what is not understood is not used.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdint.h>

#include "addr.h"
#include "hosts.h"

#define MESSAGE_HEAD  12
#define MESSAGE_A     1
#define MESSAGE_AAAA  28
#define MESSAGE_ADDRS 64 /* of one answer; more are not believed */

struct message {
	char name[HOSTS_NAME];
	unsigned int type;
	size_t end; /* of the one question */
};

/* RC_INVALID: not one question for a host's name. */
enum rc message_question(struct message *, const void *, size_t) MUST_CHECK;

/* The addresses in an answer; how many. */
size_t message_addresses(const void *, size_t, union addr *, size_t max);

#endif

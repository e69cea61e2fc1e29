/*
 * accept -- which encodings a client takes (RFC 9110, section 12.5.3).
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "manifest.h"

/* Bits 1 << MANIFEST_BR and so on, of an Accept-Encoding header or "". */
unsigned int accept_encodings(const char *header);

/* The smallest of those the file has; MANIFEST__ENCODINGS: as it is. */
enum manifest_encoding accept_choose(unsigned int accepted,
    const struct manifest_file *);

extern const struct encoding {
	const char *coding; /* in Content-Encoding */
	const char *suffix; /* of the blob, after a dot; of the ETag, a dash */
} encodings[MANIFEST__ENCODINGS];

#endif

/*
 * sshkey -- Ed25519 keys as OpenSSH and Git hosts want to see them.
 *
 * A pair is made from a seed of 32 bytes, which is all that is kept of it.
 */
#ifndef SSHKEY_H
#define SSHKEY_H

#include <stddef.h>

#include "arena.h"

#define SSHKEY_SEED        32
#define SSHKEY_PUBLIC      32
#define SSHKEY_FINGERPRINT 51 /* "SHA256:...", with its NUL */

/* "ssh-ed25519 AAAA... comment" */
char *sshkey_public(struct arena *, const unsigned char public_[SSHKEY_PUBLIC],
    const char *comment);
void sshkey_fingerprint(const unsigned char public_[SSHKEY_PUBLIC],
    char out[SSHKEY_FINGERPRINT]);

/*
 * What stands between the BEGIN and END lines of a file of ssh-keygen, on one
 * line.  Wiped when the arena is reset.
 */
char *sshkey_private(struct arena *, const unsigned char seed[SSHKEY_SEED]);

/* "SHA256:..." of a hash of any key. */
void sshkey_hash_text(const unsigned char hash[32],
    char out[SSHKEY_FINGERPRINT]);

#endif

/*
 * mime -- what kind of file a name promises.
 *
 * The type is never guessed from the content, and what is not in the table is
 * a download, so that a browser does not guess either.
 */
#ifndef MIME_H
#define MIME_H

/* With a charset if it is text.  Never NULL. */
const char *mime_type(const char *path);

/* Would it be smaller compressed?  Of a type as mime_type() gives it. */
int mime_compressible(const char *type);

#endif

/*
 * siterules -- what a site's own files say of serving it.
 *
 * _redirects and _headers are those that the build left at the top of its
 * output; netlify.toml and vercel.json are those the build was read from, or
 * lie at the top of what was uploaded ready made.  What is refused is told in
 * the log, and all of it stands in the manifest's report.
 */
#ifndef SITERULES_H
#define SITERULES_H

#include "builderd.h"
#include "manifest.h"

#define SITERULES_TOLD 50 /* refused lines that the log has */

/* Puts rules and report into the manifest, if there are any. */
enum rc siterules_publish(struct build *, struct pairs_writer *) MUST_CHECK;

#endif

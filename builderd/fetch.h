/*
 * fetch -- what builderd and slipway-fetch, which runs in a cage, say to one
 * another.
 *
 * On its standard input slipway-fetch gets lines "name value", all checked
 * by builderd before, in any order:
 *
 *	url	the repository; or
 *	upload	the id of an upload: /upload/<id>.list says what it has
 *	files	how many an archive that was uploaded may have
 *	bytes	how many MiB they may be together
 *	file	and each
 *	kind	branch, tag or commit: what ref is
 *	ref	may be empty: the default branch
 *	commit	exactly this one, where it is known; else the newest of ref
 *	allow	net-allow of slipway.conf(5), for the URLs of submodules
 *	submodules  "t": those, too
 *	lfs	"t": large files by Git LFS
 *	token	"<origin> <user> <token>": for https, and that origin alone
 *		(giturl_origin())
 *	key	"<origin> <base64>": an OpenSSH private key without its first
 *		and last line; for that origin alone
 *	pinned	"<host> <port> SHA256:<base64>", any number: keys of SSH hosts
 *	known	the same, met before; what the host has must be among them
 *
 * An upload that is an archive it hands on to slipway-unpack, which says the
 * same things.
 *
 * It leaves the files in /workspace.  Its standard output is lines for the
 * log, except those that begin with FETCH_SAYS: "<name> <value>" with commit
 * (hexadecimal), branch (the name of the default branch, when ref was empty),
 * message (first line), author and, for an SSH host that is neither pinned nor
 * known, hostkey ("<host> <port> <type> SHA256:<base64>").  When it cannot, it
 *says why on one line of FETCH_SAYS "error <code> <sentence for people>" and
 *exits with 1:
 *
 *	host		there is no such host
 *	connect		it cannot be reached, or may not be
 *	certificate	nor trusted
 *	auth		private, or not there: many hosts do not tell
 *	host_key	an SSH host is not who it was
 *	not_found	no repository at this URL
 *	redirect	it is somewhere else
 *	not_git		it is something else
 *	empty		without a commit
 *	ref		no such branch, tag or commit in it
 *	submodule	.gitmodules asks for what is not done
 *	lfs		a large file cannot be had
 *	too_large	it, one of its files, or the upload
 *	upload		the upload is gone or damaged
 *	fetch		whatever else
 */
#ifndef FETCH_H
#define FETCH_H

#define FETCH_SAYS "slipway-fetch: "

#endif

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h> /* where later ones keep git_error_set_str() */
#endif

#include "login.h"
#include "sshkey.h"

#define PEM_LINE 70 /* libssh2 reads no longer ones */
#define PEM_MAX  2048
#define MET_MAX  16

/* Of hosts that were unknown. */
static struct met {
	char host[GITURL_HOST];
	uint16_t port;
	char key[SSHKEY_FINGERPRINT];
} met[MET_MAX];
static size_t nmet;

/* "origin rest": is it that origin?  Then the rest. */
static const char *
for_origin(const char *entry, const char *origin)
{
	size_t n = strlen(origin);

	return entry != NULL && strncmp(entry, origin, n) == 0 &&
		entry[n] == ' ' ?
	    entry + n + 1 :
	    NULL;
}

int
login_token(const struct order *o, const char *origin, char user[128],
    const char **secret)
{
	const char *rest = for_origin(o->token, origin);
	size_t n;

	if (rest == NULL || (n = strcspn(rest, " ")) >= 128 || rest[n] == '\0')
		return 0;
	memcpy(user, rest, n);
	user[n] = '\0';
	*secret = rest + n + 1;
	return 1;
}

const char *
login_key(const struct order *o, const char *origin)
{
	return for_origin(o->key, origin);
}

/* The end, unless there is another way: then for login_elsewhere(). */
static int
refuse(struct login *l, const char *why)
{
	if (!l->other)
		give_up("auth", "%s", why);
	l->shut = 1;
	return GIT_EUSER;
}

static int
give_token(git_credential **out, struct login *l, const char *origin)
{
	const char *secret;
	char user[128];

	if (!login_token(l->order, origin, user, &secret))
		return refuse(l,
		    "this repository is private or does not exist; give "
		    "Slipway access with \"slipway git-token set\"");
	if (l->asked++ > 0)
		return refuse(l,
		    "the host refused the token for this repository: it may "
		    "have expired, or be for another; \"slipway git-token "
		    "set\" sets a new one");
	return git_credential_userpass_plaintext_new(out, user, secret);
}

static int
give_key(git_credential **out, struct login *l, const char *origin,
    const char *user)
{
	const char *body = login_key(l->order, origin);
	char pem[PEM_MAX] = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
	size_t n = strlen(pem);
	int rc;

	if (body == NULL)
		give_up("auth",
		    "this repository is private or does not exist; give "
		    "Slipway access: \"slipway key make\", then add the "
		    "public half at the host");
	if (l->asked++ > 0)
		return refuse(l,
		    "the host refused the deploy key: add its public half "
		    "(\"slipway key show\") to this repository there");
	for (; *body != '\0'; body += strnlen(body, PEM_LINE))
		n += (size_t)snprintf(pem + n, sizeof(pem) - n, "%.*s\n",
		    PEM_LINE, body);
	snprintf(pem + n, sizeof(pem) - n,
	    "-----END OPENSSH PRIVATE KEY-----\n");
	rc = git_credential_ssh_key_memory_new(out, user, NULL, pem, NULL);
	sodium_memzero(pem, sizeof(pem));
	return rc;
}

static int
credentials(git_credential **out, const char *url, const char *user,
    unsigned int types, void *arg)
{
	char origin[GITURL_ORIGIN], wanted[GITURL_ORIGIN];
	struct login *l = arg;
	struct giturl u;

	giturl_origin(&l->url, wanted);
	/* Where it is now; a host may have sent it elsewhere. */
	if (giturl_parse(&u, url, NULL) != NULL)
		u = (struct giturl){ .scheme = GITURL_HTTP };
	giturl_origin(&u, origin);
	if (strcmp(origin, wanted) != 0)
		give_up("redirect",
		    "the repository has moved to a host or port that is not "
		    "that of its URL, and asks for a password there: use the "
		    "URL it has now");
	if (u.scheme == GITURL_SSH && types & GIT_CREDENTIAL_SSH_KEY)
		return give_key(out, l, origin, user);
	if (u.scheme != GITURL_SSH && types & GIT_CREDENTIAL_USERPASS_PLAINTEXT)
		return give_token(out, l, origin);
	give_up("auth",
	    "the host wants a kind of password that Slipway does "
	    "not have");
}

static const char *
key_type(const git_cert_hostkey *k)
{
	switch (k->type & GIT_CERT_SSH_RAW ? k->raw_type :
					     GIT_CERT_SSH_RAW_TYPE_UNKNOWN) {
	case GIT_CERT_SSH_RAW_TYPE_KEY_ED25519:
		return "ed25519";
	case GIT_CERT_SSH_RAW_TYPE_KEY_ECDSA_256:
	case GIT_CERT_SSH_RAW_TYPE_KEY_ECDSA_384:
	case GIT_CERT_SSH_RAW_TYPE_KEY_ECDSA_521:
		return "ecdsa";
	case GIT_CERT_SSH_RAW_TYPE_RSA:
		return "rsa";
	default:
		return NULL;
	}
}

static void __attribute__((noreturn))
strange(const struct giturl *u, const char *key, int pinned)
{
	if (pinned)
		give_up("host_key",
		    "%s showed the key %s, which is none of those it is known "
		    "to have: somebody may stand between, so nothing was "
		    "fetched; the server's operator knows its keys "
		    "(pinned_hosts)",
		    u->host, key);
	give_up("host_key",
	    "%s showed another key than before, %s: somebody may stand "
	    "between, so nothing was fetched; if the host says that it is its "
	    "own, \"slipway known-hosts rm %s\"",
	    u->host, key, u->host);
}

/* "host port SHA256:..." of this host; sets key to the last part. */
static int
same_host(const char *entry, const struct giturl *u, const char **key)
{
	char head[GITURL_HOST + 16];
	int n;

	n = snprintf(head, sizeof(head), "%s %u ", u->host,
	    (unsigned int)u->port);
	if (strncmp(entry, head, (size_t)n) != 0)
		return 0;
	*key = entry + n;
	return 1;
}

/* For the first time: builderd keeps it. */
static void
meet(const struct giturl *u, const char *type, const char *key)
{
	char text[GITURL_HOST + SSHKEY_FINGERPRINT + 32];
	struct met *m;
	size_t i;

	for (i = 0; i < nmet; i++) {
		if (strcmp(met[i].host, u->host) != 0 || met[i].port != u->port)
			continue;
		if (strcmp(met[i].key, key) != 0)
			strange(u, key, 0);
		return;
	}
	if (nmet == MET_MAX)
		give_up("host_key", "more than %d hosts that are not known",
		    MET_MAX);
	m = &met[nmet++];
	strcpy(m->host, u->host);
	strcpy(m->key, key);
	m->port = u->port;
	line("%s is new: its %s key is %s", u->host, type, key);
	snprintf(text, sizeof(text), "%s %u %s %s", u->host,
	    (unsigned int)u->port, type, key);
	tell("hostkey", text);
}

static int
host_key(struct login *l, const git_cert_hostkey *k)
{
	const struct order *o = l->order;
	const char *type = key_type(k), *known;
	char key[SSHKEY_FINGERPRINT];
	int seen = 0;
	size_t i;

	if (type == NULL || !(k->type & GIT_CERT_SSH_SHA256))
		give_up("host_key", "%s has no key of a kind that is good",
		    l->url.host);
	sshkey_hash_text(k->hash_sha256, key);
	for (i = 0; i < o->nhosts; i++) {
		if (!same_host(o->hosts[i].entry, &l->url, &known))
			continue;
		if (strcmp(known, key) == 0)
			return 0;
		seen |= o->hosts[i].pinned ? 2 : 1;
	}
	if (seen)
		strange(&l->url, key, seen & 2);
	meet(&l->url, type, key);
	return 0;
}

static int
certificate(git_cert *cert, int valid, const char *host, void *arg)
{
	struct login *l = arg;

	if (strcasecmp(host, l->url.host) != 0)
		give_up("redirect",
		    "the repository has moved to %s: use the "
		    "URL it has now",
		    host);
	if (cert->cert_type == GIT_CERT_HOSTKEY_LIBSSH2)
		return host_key(l, (const git_cert_hostkey *)(void *)cert);
	if (!valid)
		git_error_set_str(GIT_ERROR_SSL, "certificate not valid");
	return valid ? 0 : GIT_ECERTIFICATE;
}

void
login_begin(struct login *l, const struct order *o, const char *url, int other,
    git_remote_callbacks *c)
{
	memset(l, 0, sizeof(*l));
	l->other = other;
	l->order = o;
	l->text = url;
	if (giturl_parse(&l->url, url, NULL) != NULL)
		give_up("repo", "not a URL that is cloned from");
	c->credentials = credentials;
	c->certificate_check = certificate;
	c->payload = l;
}

/* Over ssh a host says in words what it says over https by a status. */
static const char *const theirs[] = { "not found", "not exist",
	"not appear to be a git repo", "denied", "could not be found",
	"early EOF" };
static const char *const statuses[] = { "status code: 401", "status code: 403",
	"status code: 404" };

static int
any(const char *words, const char *const *of, size_t n)
{
	while (n > 0)
		if (strcasestr(words, of[--n]) != NULL)
			return 1;
	return 0;
}

int
login_elsewhere(const struct login *l, const char *words)
{
	if (!l->other || l->shut)
		return l->shut;
	if (l->url.scheme != GITURL_SSH)
		return any(words, statuses, NITEMS(statuses));
	return strcasestr(words, "authenticat") != NULL ||
	    any(words, theirs, NITEMS(theirs));
}

void
login_refused(const struct login *l, const char *words)
{
	if (l->url.scheme != GITURL_SSH || l->asked == 0)
		return;
	if (strcasestr(words, "authenticat") != NULL)
		give_up("auth",
		    "the host refused the deploy key: add its public half "
		    "(\"slipway key show\") to this repository there");
	if (any(words, theirs, NITEMS(theirs)))
		give_up("not_found",
		    "there is no such repository for this deploy key: "
		    "look at the URL, or add the key's public half "
		    "(\"slipway key show\") to the repository%s",
		    l->order->token == NULL &&
			    strcmp(l->text, l->order->url) != 0 ?
			"; where a host takes a key for one repository "
			"alone, a token reads the others: \"slipway "
			"git-token set\"" :
			"");
}

void
login_forget(const struct order *o)
{
	const char *const secrets[] = { o->token, o->key };
	size_t i;

	for (i = 0; i < NITEMS(secrets); i++)
		if (secrets[i] != NULL)
			sodium_memzero((void *)(uintptr_t)secrets[i],
			    strlen(secrets[i]));
}

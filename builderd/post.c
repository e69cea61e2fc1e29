#include <sys/socket.h>
#include <sys/types.h>

#include <curl/curl.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "giturl.h"
#include "log.h"
#include "post.h"

#define CONNECT_MS 5000L
#define ANSWER_MS  10000L
#define ANSWER_MAX 65536L /* bytes of an answer, which is thrown away */

struct reach {
	struct addr_list allow;
	const char *refused; /* what the address is */
};

void
post_sign(const char *secret, long long t, const char *body, char out[128])
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char hex[sizeof(mac) * 2 + 1], time_text[32];
	crypto_auth_hmacsha256_state st;

	snprintf(time_text, sizeof(time_text), "%lld", t);
	crypto_auth_hmacsha256_init(&st, (const unsigned char *)secret,
	    strlen(secret));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)time_text,
	    strlen(time_text));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)".", 1);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)body,
	    strlen(body));
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
	snprintf(out, 128, "t=%s,v1=%s", time_text, hex);
}

static size_t
ignore(char *p, size_t size, size_t n, void *count)
{
	size_t *have = count;

	(void)p;
	*have += size * n;
	return *have <= (size_t)ANSWER_MAX ? size * n : 0;
}

/* The last wall: whatever curl is about to dial. */
static curl_socket_t
dial(void *data, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct reach *r = data;

	(void)purpose;
	r->refused = addr_denied(&a->addr, &r->allow);
	if (r->refused != NULL)
		return CURL_SOCKET_BAD;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/*
 * "host:port:address,address": every address of the name, or what one of them
 * is that may not be dialled.
 */
static const char *
resolve(const struct giturl *u, const struct reach *r, char *out, size_t n)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all, *a;
	const char *bad = NULL;
	char port[8], text[64];
	size_t have;

	snprintf(port, sizeof(port), "%u", u->port);
	if (getaddrinfo(u->host, port, &hints, &all) != 0)
		return "its name cannot be resolved";
	have = (size_t)snprintf(out, n, "%s:%s:", u->host, port);
	for (a = all; a != NULL && bad == NULL; a = a->ai_next) {
		bad = addr_denied(a->ai_addr, &r->allow);
		if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text),
			NULL, 0, NI_NUMERICHOST) != 0 ||
		    have + strlen(text) + 4 > n)
			bad = "it has too many addresses";
		else
			have += (size_t)snprintf(out + have, n - have,
			    strchr(text, ':') != NULL ? "%s[%s]" : "%s%s",
			    a == all ? "" : ",", text);
	}
	freeaddrinfo(all);
	return bad;
}

/* The one place where a handle is made. */
static CURL *
handle(const struct conf *conf, struct reach *r, char *why, size_t *count)
{
	CURL *c = curl_easy_init();
	int bad;

	if (c == NULL)
		fatalx("out of memory");
	bad = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") |
	    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https") |
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) |
	    curl_easy_setopt(c, CURLOPT_PROXY, "") |
	    curl_easy_setopt(c, CURLOPT_NOPROXY, "*") |
	    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) |
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) |
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) |
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) |
	    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ANSWER_MS) |
	    curl_easy_setopt(c, CURLOPT_MAXFILESIZE, ANSWER_MAX) |
	    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) |
	    curl_easy_setopt(c, CURLOPT_USERAGENT, "Slipway") |
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why) |
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore) |
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, count) |
	    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, dial) |
	    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, r);
	if (*conf->build_ca_file != '\0')
		bad |= curl_easy_setopt(c, CURLOPT_CAINFO, conf->build_ca_file);
	if (bad != 0)
		fatalx("curl does not take an option that it must");
	return c;
}

static enum rc
perform(CURL *c, const struct post *p, struct reach *r, const char *why,
    char *said, size_t n)
{
	char line[256], sign[128];
	struct curl_slist *heads;
	long status = 0;
	CURLcode code;

	post_sign(p->secret, (long long)time(NULL), p->body, sign);
	heads = curl_slist_append(NULL, "Content-Type: application/json");
	heads = curl_slist_append(heads, "Expect:");
	snprintf(line, sizeof(line), "Slipway-Signature: %s", sign);
	heads = curl_slist_append(heads, line);
	snprintf(line, sizeof(line), "Idempotency-Key: %s", p->key);
	heads = curl_slist_append(heads, line);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, heads);
	curl_easy_setopt(c, CURLOPT_URL, p->url);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, p->body);
	code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(heads);
	if (r->refused != NULL)
		snprintf(said, n, "refused: %s", r->refused);
	else if (code != CURLE_OK)
		snprintf(said, n, "%s",
		    *why != '\0' ? why : curl_easy_strerror(code));
	else
		snprintf(said, n, "HTTP %ld", status);
	return code == CURLE_OK && status / 100 == 2 ? RC_OK : RC_BUSY;
}

enum rc
post_send(const struct conf *conf, const struct post *p, char *said, size_t n)
{
	char why[CURL_ERROR_SIZE] = "", at[2048], bad[ADDR_TEXT];
	struct reach r = { .refused = NULL };
	struct curl_slist *known;
	const char *fault;
	struct giturl u;
	size_t count = 0;
	enum rc rc;
	CURL *c;

	if (addr_list_parse(&r.allow, conf->net_allow, bad) != NULL)
		fatalx("net-allow: %s", bad);
	if (giturl_parse(&u, p->url, conf->net_allow) != NULL ||
	    u.scheme != GITURL_HTTPS) {
		snprintf(said, n, "refused: not a URL of https");
		return RC_DENIED;
	}
	if ((fault = resolve(&u, &r, at, sizeof(at))) != NULL) {
		snprintf(said, n, "refused: %s", fault);
		return RC_DENIED;
	}
	c = handle(conf, &r, why, &count);
	known = curl_slist_append(NULL, at);
	curl_easy_setopt(c, CURLOPT_RESOLVE, known);
	rc = perform(c, p, &r, why, said, n);
	curl_slist_free_all(known);
	curl_easy_cleanup(c);
	return rc;
}

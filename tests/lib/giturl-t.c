/* lib/giturl: which Git URLs we would ever clone. SEC-01, SEC-20 to SEC-23 */
#include <stdlib.h>

#include "giturl.h"
#include "rc.h"
#include "tap.h"

#define ALLOW "127.0.0.0/8:8080 10.1.0.0/16  fd00::/8:8443"

/* clang-format off */
static const char *const good[] = {
	"https://github.com/ann/shop.git",
	"https://github.com/ann/shop",
	"HTTPS://GitHub.com/Ann/Shop.git",
	"https://git.example.com:443/a.git",
	"https://git.example.com:8443/a.git",
	"https://gitlab.com/a/b/c/d/e.git",
	"https://gitlab.com/a/-/b",
	"https://example.com/~ann/site.git",
	"https://example.com/a%20b.git",
	"https://example.com/a+b/c@d:e,f=g.git",
	"https://xn--bcher-kva.example/a.git",
	"https://git/a.git",
	"http://127.0.0.1:8080/a.git",
	"http://10.1.2.3/a.git",
	"https://10.1.2.3/a.git",
	"http://[fd00::1]:8443/a.git",
};
static const struct {
	const char *url, *code;
} bad[] = {
	{ "", "scheme" },
	{ "shop", "scheme" },
	{ "/etc/passwd", "scheme" },
	{ "../shop", "scheme" },
	{ "file:///etc/passwd", "scheme" },
	{ "git://example.com/a.git", "scheme" },
	{ "ssh://git@example.com/a.git", "scheme" },
	{ "ssh://-oProxyCommand=x/a.git", "scheme" },
	{ "git@example.com:a/b.git", "scheme" },
	{ "ext::sh -c touch% x", "scheme" },
	{ "ftp://example.com/a.git", "scheme" },
	{ "javascript:alert(1)", "scheme" },
	{ "--upload-pack=touch x", "scheme" },
	{ "-h", "scheme" },
	{ " https://example.com/a.git", "scheme" },
	{ "https:/example.com/a.git", "scheme" },
	{ "https:example.com/a.git", "scheme" },
	{ "http://example.com/a.git", "scheme" },
	{ "https://ann@example.com/a.git", "userinfo" },
	{ "https://ann:pw@example.com/a.git", "userinfo" },
	{ "https://example.com@127.0.0.1/a.git", "userinfo" },
	{ "https://:@example.com/a.git", "userinfo" },
	{ "https:///a.git", "host" },
	{ "https://", "host" },
	{ "https://-x/a.git", "host" },
	{ "https://x-/a.git", "host" },
	{ "https://.example.com/a.git", "host" },
	{ "https://example..com/a.git", "host" },
	{ "https://example.com./a.git", "address" },
	{ "https://exam_ple.com/a.git", "host" },
	{ "https://ex%61mple.com/a.git", "host" },
	{ "https://b\xc3\xbc" "cher.example/a.git", "host" },
	{ "https://localhost/a.git", "host" },
	{ "https://LOCALHOST/a.git", "host" },
	{ "https://a.localhost/a.git", "host" },
	{ "https://localhost./a.git", "address" },
	{ "https://127.0.0.1/a.git", "address" },
	{ "https://127.1/a.git", "address" },
	{ "https://2130706433/a.git", "address" },
	{ "https://0x7f000001/a.git", "address" },
	{ "https://0x7f.1/a.git", "address" },
	{ "https://017700000001/a.git", "address" },
	{ "https://0177.0.0.1/a.git", "address" },
	{ "https://0/a.git", "address" },
	{ "https://0.0.0.0/a.git", "address" },
	{ "https://169.254.169.254/latest/meta-data", "address" },
	{ "https://100.64.0.1/a.git", "address" },
	{ "https://192.168.1.1/a.git", "address" },
	{ "https://8.8.8.8/a.git", "address" },
	{ "https://1.2.3.4.5/a.git", "address" },
	{ "https://[::1]/a.git", "address" },
	{ "https://[::]/a.git", "address" },
	{ "https://[::ffff:127.0.0.1]/a.git", "address" },
	{ "https://[0:0:0:0:0:ffff:127.0.0.1]/a.git", "address" },
	{ "https://[::127.0.0.1]/a.git", "address" },
	{ "https://[64:ff9b::7f00:1]/a.git", "address" },
	{ "https://[fe80::1%25eth0]/a.git", "address" },
	{ "https://[::1/a.git", "host" },
	{ "https://[]/a.git", "host" },
	{ "http://127.0.0.1:8081/a.git", "address" },
	{ "http://127.0.0.1/a.git", "address" },
	{ "http://10.2.0.1/a.git", "address" },
	{ "http://[fd00::1]/a.git", "address" },
	{ "https://example.com:/a.git", "port" },
	{ "https://example.com:0/a.git", "port" },
	{ "https://example.com:22/a.git", "port" },
	{ "https://example.com:0443/a.git", "port" },
	{ "https://example.com:65536/a.git", "port" },
	{ "https://example.com:99999999999/a.git", "port" },
	{ "https://example.com:+443/a.git", "port" },
	{ "https://example.com:443:1/a.git", "port" },
	{ "https://example.com", "path" },
	{ "https://example.com/", "path" },
	{ "https://example.com//a.git", "path" },
	{ "https://example.com/../a.git", "path" },
	{ "https://example.com/a/../../b.git", "path" },
	{ "https://example.com/./a.git", "path" },
	{ "https://example.com/%2e%2e/a.git", "path" },
	{ "https://example.com/a%2Fb.git", "path" },
	{ "https://example.com/a%5cb.git", "path" },
	{ "https://example.com/a%00b.git", "path" },
	{ "https://example.com/a%0ab.git", "path" },
	{ "https://example.com/a%", "path" },
	{ "https://example.com/a%zz", "path" },
	{ "https://example.com/a.git?x=y", "path" },
	{ "https://example.com/a.git#x", "path" },
	{ "https://example.com/a.git;id", "path" },
	{ "https://example.com/a.git|id", "path" },
	{ "https://example.com/a.git&id", "path" },
	{ "https://example.com/$(id).git", "path" },
	{ "https://example.com/`id`.git", "path" },
	{ "https://example.com/'a'.git", "path" },
	{ "https://example.com/\"a\".git", "path" },
	{ "https://example.com/a\n.git", "path" },
	{ "https://example.com/a.git\n", "path" },
	{ "https://example.com/a\r.git", "path" },
	{ "https://example.com/a\t.git", "path" },
	{ "https://example.com/a b.git", "path" },
	{ "https://example.com/${IFS}.git", "path" },
	{ "https://example.com/a>b.git", "path" },
	{ "https://example.com/a<b.git", "path" },
	{ "https://example.com/a\\b.git", "path" },
	{ "https://example.com\\@127.0.0.1/a.git", "path" },
	{ "https://example.com/{a,b}.git", "path" },
	{ "https://example.com/a*.git", "path" },
	{ "https://example.com/a\x7f.git", "path" },
	{ "https://example.com/a\xff.git", "path" },
};
/* clang-format on */

int
main(void)
{
	const struct fault *f;
	char *url;
	size_t i;

	for (i = 0; i < NITEMS(good); i++) {
		f = giturl_check(good[i], ALLOW);
		ok(f == NULL, "%s", good[i]);
	}
	for (i = 0; i < NITEMS(bad); i++) {
		f = giturl_check(bad[i].url, ALLOW);
		ok(f != NULL && strcmp(f->code, bad[i].code) == 0,
		    "bad case %zu: %s, got %s", i, bad[i].code,
		    f != NULL ? f->code : "nothing");
	}
	ok(giturl_check("http://127.0.0.1:8080/a.git", "") != NULL,
	    "nothing is allowed unless it is named");
	ok(giturl_check("http://127.0.0.1:8080/a.git", "127.0.0.1/33 x /8") !=
		NULL,
	    "nor by a broken entry");
	url = malloc(GITURL_MAX + 2);
	memset(url, 'a', GITURL_MAX + 1);
	memcpy(url, "https://example.com/", 20);
	url[GITURL_MAX] = '\0';
	ok(giturl_check(url, "") == NULL, "as long as may be");
	url[GITURL_MAX] = 'a';
	url[GITURL_MAX + 1] = '\0';
	ok(giturl_check(url, "") != NULL, "and no longer");
	free(url);
	return done();
}

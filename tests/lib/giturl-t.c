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
	"ssh://git@example.com/a.git",
	"ssh://git@github.com/ann/shop.git",
	"SSH://git@GitHub.com/ann/shop.git",
	"ssh://git@git.example.com:2222/a.git",
	"ssh://git@git.example.com:22/a.git",
	"ssh://git@ssh.github.com:443/ann/shop.git",
	"ssh://ann.b_c-d@example.com/~/site.git",
	"ssh://ann@example.com/~ann/site.git",
	"ssh://git@127.0.0.1:8080/a.git",
	"ssh://git@[fd00::1]:8443/a.git",
	"git@github.com:ann/shop.git",
	"git@github.com:shop",
	"ann@git:/srv/git/shop.git",
	"ann@example.com:~ann/a.git",
	"_git@example.com:v3/a/b",
	"git@10.1.2.3:a.git",
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
	{ "ssh://-oProxyCommand=x/a.git", "user" },
	{ "ssh://-oProxyCommand=x@example.com/a.git", "user" },
	{ "ssh://git@-oProxyCommand=x/a.git", "host" },
	{ "ssh://git@-oProxyCommand=x:22/a.git", "host" },
	{ "ssh://example.com/a.git", "user" },
	{ "ssh://@example.com/a.git", "user" },
	{ "ssh://git:pw@example.com/a.git", "user" },
	{ "ssh://git:@example.com/a.git", "user" },
	{ "ssh://.git@example.com/a.git", "user" },
	{ "ssh://g%69t@example.com/a.git", "user" },
	{ "ssh://g i@example.com/a.git", "user" },
	{ "ssh://$(id)@example.com/a.git", "user" },
	{ "ssh://`id`@example.com/a.git", "user" },
	{ "ssh://a;b@example.com/a.git", "user" },
	{ "ssh://a|b@example.com/a.git", "user" },
	{ "ssh://a&b@example.com/a.git", "user" },
	{ "ssh://a'b@example.com/a.git", "user" },
	{ "ssh://a\nb@example.com/a.git", "user" },
	{ "ssh://abcdefghijklmnopqrstuvwxyz0123456@example.com/a.git", "user" },
	{ "ssh://git@example.com@127.0.0.1/a.git", "address" },
	{ "ssh://git@/a.git", "host" },
	{ "ssh://git@localhost/a.git", "host" },
	{ "ssh://git@127.0.0.1/a.git", "address" },
	{ "ssh://git@127.0.0.1:22/a.git", "address" },
	{ "ssh://git@0x7f000001/a.git", "address" },
	{ "ssh://git@169.254.169.254/a.git", "address" },
	{ "ssh://git@[::1]/a.git", "address" },
	{ "ssh://git@example.com:80/a.git", "port" },
	{ "ssh://git@example.com:25/a.git", "port" },
	{ "ssh://git@example.com:0/a.git", "port" },
	{ "ssh://git@example.com:-1/a.git", "port" },
	{ "ssh://git@example.com", "path" },
	{ "ssh://git@example.com/", "path" },
	{ "ssh://git@example.com/../a.git", "path" },
	{ "ssh://git@example.com/a%27.git", "path" },
	{ "ssh://git@example.com/a%20b.git", "path" },
	{ "ssh://git@example.com/a'b.git", "path" },
	{ "ssh://git@example.com/a;id", "path" },
	{ "ssh://git@example.com/$(id)", "path" },
	{ "ssh://git@example.com/a b", "path" },
	{ "ssh://git@example.com/a\n", "path" },
	{ "ssh://git@example.com?x", "path" },
	{ "ssh:git@example.com/a.git", "scheme" },
	{ "ssh:/git@example.com/a.git", "scheme" },
	{ "ssh+git://git@example.com/a.git", "scheme" },
	{ "git+ssh://git@example.com/a.git", "scheme" },
	{ "example.com:a/b.git", "scheme" },
	{ "@example.com:a/b.git", "user" },
	{ "-git@example.com:a/b.git", "scheme" },
	{ "-oProxyCommand=x@example.com:a", "scheme" },
	{ "git@-example.com:a/b.git", "host" },
	{ "git@:a/b.git", "host" },
	{ "git@example.com:", "path" },
	{ "git@example.com:/", "path" },
	{ "git@example.com:-a", "path" },
	{ "git@example.com:--upload-pack=x", "path" },
	{ "git@example.com::a", "path" },
	{ "git@example.com:../a.git", "path" },
	{ "git@example.com:a/../../b.git", "path" },
	{ "git@example.com:a//b", "path" },
	{ "git@example.com:a b", "path" },
	{ "git@example.com:a;id", "path" },
	{ "git@example.com:a|id", "path" },
	{ "git@example.com:a&id", "path" },
	{ "git@example.com:$(id)", "path" },
	{ "git@example.com:`id`", "path" },
	{ "git@example.com:'a'", "path" },
	{ "git@example.com:\"a\"", "path" },
	{ "git@example.com:a\nb", "path" },
	{ "git@example.com:a\r", "path" },
	{ "git@example.com:a\t", "path" },
	{ "git@example.com:a>b", "path" },
	{ "git@example.com:${IFS}", "path" },
	{ "git@example.com:a%27", "path" },
	{ "git@example.com:a\\b", "path" },
	{ "git@example.com:a\xff", "path" },
	{ "git@127.0.0.1:a.git", "address" },
	{ "git@localhost:a.git", "host" },
	{ "git@2130706433:a.git", "address" },
	{ "git@[::1]:a.git", "host" },
	{ "a b@example.com:a.git", "user" },
	{ "$(id)@example.com:a.git", "user" },
	{ "a/b@example.com:a.git", "scheme" },
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
static const struct {
	const char *url, *origin, *user, *path;
} parts[] = {
	{ "https://GitHub.com/Ann/Shop.git", "https://github.com:443", "", "/Ann/Shop.git" },
	{ "https://git.example.com:8443/a", "https://git.example.com:8443", "", "/a" },
	{ "http://127.0.0.1:8080/a", "http://127.0.0.1:8080", "", "/a" },
	{ "http://[fd00::1]:8443/a", "http://[fd00::1]:8443", "", "/a" },
	{ "ssh://git@GitHub.com/a/b", "ssh://github.com:22", "git", "/a/b" },
	{ "ssh://git@[fd00::1]:8443/a", "ssh://[fd00::1]:8443", "git", "/a" },
	{ "git@GitHub.com:a/b.git", "ssh://github.com:22", "git", "a/b.git" },
	{ "ann@git:/a", "ssh://git:22", "ann", "/a" },
};
static const struct {
	const char *url, *origin;
} tokens[] = {
	{ "https://git.example.com:8443/a", "https://git.example.com:8443" },
	{ "http://127.0.0.1:8080/a", "http://127.0.0.1:8080" },
	{ "ssh://git@GitHub.com:2222/a", "https://github.com:443" },
	{ "ssh://git@[fd00::1]:8443/a", "https://[fd00::1]:443" },
	{ "git@GitHub.com:a/b.git", "https://github.com:443" },
};
/* clang-format on */

int
main(void)
{
	const struct fault *f;
	char *url, origin[GITURL_ORIGIN];
	struct giturl u;
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
	for (i = 0; i < NITEMS(parts); i++) {
		f = giturl_parse(&u, parts[i].url, ALLOW);
		giturl_origin(&u, origin);
		ok(f == NULL && strcmp(origin, parts[i].origin) == 0 &&
			strcmp(u.user, parts[i].user) == 0 &&
			strcmp(u.path, parts[i].path) == 0,
		    "%s is %s of %s", parts[i].url, parts[i].path,
		    parts[i].origin);
	}
	for (i = 0; i < NITEMS(tokens); i++) {
		f = giturl_parse(&u, tokens[i].url, ALLOW);
		giturl_token_origin(&u, origin);
		ok(f == NULL && strcmp(origin, tokens[i].origin) == 0,
		    "a token of %s is for %s", tokens[i].url, tokens[i].origin);
	}
	ok(giturl_parse(&u, "http://127.0.0.1:1/a", NULL) == NULL,
	    "what was checked before");
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

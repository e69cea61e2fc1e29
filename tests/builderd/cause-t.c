/* builderd/cause: what the tools say, and what we make of it. */
#include "builderd/cause.h"
#include "fixture.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char *said, *code, *part;
} outputs[] = {
	{ "Error: error:0308010C:digital envelope routines::unsupported\n  code: 'ERR_OSSL_EVP_UNSUPPORTED'\n",
	    "openssl", "--openssl-legacy-provider" },
	{ "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n", "memory", "build_memory" },
	{ "npm error code EBADENGINE\nnpm error engine Unsupported engine\n", "engines", "node_version" },
	{ " ERR_PNPM_UNSUPPORTED_ENGINE  Unsupported environment (bad pnpm and/or Node.js version)\n", "engines", "Node" },
	{ "error next@15.0.0: The engine \"node\" is incompatible with this module. Expected version \">=22\".\n", "engines", "Node" },
	{ "You are using Node.js 16.0.0. For Next.js, Node.js version \">= v18.17.0\" is required.\n", "engines", "Node" },
	{ "Vite requires Node.js version 20.19+ or 22.12+\n", "engines", "Node" },
	{ "npm error The `npm ci` command can only install with an existing package-lock.json or\n", "lockfile", "commit the lock file" },
	{ "npm ERR! `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync.\n",
	    "lockfile", "does not fit" },
	{ " ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\"\n", "lockfile", "does not fit" },
	{ "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.\n", "lockfile", "does not fit" },
	{ "YN0028: The lockfile would have been modified by this install\n", "lockfile", "does not fit" },
	{ " ERR_PNPM_BROKEN_LOCKFILE  The lockfile is broken\n", "lockfile", "anew" },
	{ "npm error code EUNSUPPORTEDPROTOCOL\nnpm error Unsupported URL Type \"workspace:\": workspace:*\n", "workspace", "pnpm" },
	{ "npm ERR! code ERESOLVE\n", "peers", "legacy-peer-deps" },
	{ "npm error code E401\n", "registry", "token" },
	{ "npm error code E404\n", "registry", "not in the registry" },
	{ "npm error Missing script: \"build\"\n", "script", "no script \"build\"" },
	{ " ERR_PNPM_NO_SCRIPT  Missing script: build\n", "script", "no script \"build\"" },
	{ "error Command \"generate\" not found.\n", "script", "no script \"generate\"" },
	{ "Usage Error: Couldn't find a script named \"build\".\n", "script", "no script \"build\"" },
	{ "Treating warnings as errors because process.env.CI = true.\n", "warnings", "CI to false" },
	{ "gyp ERR! find Python\ngyp ERR! stack Error: Could not find any Python installation\n", "native", "compile" },
	{ "sh: 1: ./build.sh: Permission denied\n", "executable", "chmod" },
	{ "sh: 1: vite: not found\n", "command", "no command \"vite\"" },
	{ "bash: line 1: next: command not found\n", "command", "no command \"next\"" },
	{ "\033[31msh: 1:\033[39m hugo: not found\n", "command", "no command \"hugo\"" },
	{ "Error: Cannot find module 'left-pad'\nRequire stack:\n", "module", "package \"left-pad\"" },
	{ "[vite]: Rollup failed to resolve import \"@scope/ui\" from \"/workspace/src/a.js\".\n", "module", "\"@scope/ui\"" },
	{ "[vite]: Rollup failed to resolve import \"@components/Nav\" from \"/workspace/src/main.js\".\n",
	    "module", "\"@components/Nav\" is not found: if it is a package" },
	{ "\u2718 [ERROR] Could not resolve \"@components/Nav\"\n", "module", "or the tool does not know the alias" },
	{ "src/main.ts(1,15): error TS2307: Cannot find module 'components/Nav' or its corresponding type declarations.\n",
	    "module", "tsconfig.json" },
	{ "src/main.ts(1,15): error TS2307: Cannot find module '@components/header' or its corresponding type declarations.\n",
	    "module", "called \"src/components/Header.jsx\"" },
	{ "\u2718 [ERROR] Could not resolve \"@acme/forms\"\n", "module", "package \"@acme/forms\" is not installed" },
	{ "\u2718 [ERROR] Could not resolve \"pad/left\"\n", "module", "package \"pad/left\" is not installed" },
	{ "\u2718 [ERROR] Could not resolve \"@opt/forms\"\n", "module", "package \"@opt/forms\" is not installed" },
	/* Words of package.json, which are no dependencies. */
	{ "\u2718 [ERROR] Could not resolve \"ad/left\"\n", "module", "alias" },
	{ "\u2718 [ERROR] Could not resolve \"chart/bars\"\n", "module", "alias" },
	{ "\u2718 [ERROR] Could not resolve \"@tool/nowhere\"\n", "module", "alias" },
	{ "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'chalk' imported from /workspace/x.mjs\n", "module", "\"chalk\"" },
	{ "Error: getaddrinfo ENOTFOUND api.example.com\n", "network", "\"api.example.com\"" },
	{ "curl: (6) Could not resolve host: cms.example.org\n", "network", "\"cms.example.org\"" },
	{ "TypeError: fetch failed\n", "network", "refused" },
	{ "Module not found: Error: Can't resolve './components/header' in '/workspace/src'\n", "import", "called \"src/components/Header.jsx\"" },
	{ "Could not resolve \"../Lib/util.js\" from \"src/a.js\"\n", "import", "called \"lib/util.js\"" },
	{ "Error: Cannot find module './nowhere'\n", "import", "no such file" },
	{ "Error: Cannot find module './%s.js'\n", "import", "\"./%s.js\" is imported" },
	{ "Could not resolve \"./same\" from \"src/a.js\"\n", "import", "no such file" },
	{ "./src/main.js:1:1\nModule not found: Can't resolve '@/components/header'\n", "import", "called \"src/components/Header.jsx\"" },
	{ "Error: [vite]: Rolldown failed to resolve import \"~/components/header\" from \"/workspace/src/main.js\".\n",
	    "import", "called \"src/components/Header.jsx\"" },
	{ "m.ts(1,19): error TS2307: Cannot find module '#/components/header' or its corresponding type declarations.\n",
	    "import", "called \"src/components/Header.jsx\"" },
	{ "Module not found: Can't resolve '@/nowhere'\n", "import", "alias" },
	{ "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/workspace/lib/Util.js' imported from /workspace/main.js\n",
	    "import", "called \"lib/util.js\"" },
	{ "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/workspace/lib/util' imported from /workspace/m.mjs\n"
	    "Did you mean to import \"./lib/util.js\"?\n", "import", "write \"./lib/util.js\"" },
	{ "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/workspace/lib/util' imported from /workspace/m.mjs\n"
	    "Did you mean to import ../lib/util.js?\n", "import", "write \"../lib/util.js\"" },
	{ "Error [ERR_UNSUPPORTED_DIR_IMPORT]: Directory import '/workspace/lib' is not supported resolving ES modules "
	    "imported from /workspace/d.mjs\nDid you mean to import \"./lib/index.js\"?\n", "import", "write \"./lib/index.js\"" },
	{ "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/workspace/node_modules/typescript/lib/typescript' imported from "
	    "/workspace/t.mjs\nDid you mean to import \"typescript/lib/typescript.js\"?\n", "import",
	    "write \"typescript/lib/typescript.js\"" },
	{ "Error: Cannot find module '/workspace/scripts/build.js'\n", "import", "no such file" },
	{ "Error: Cannot find module '/workspace/node_modules/a/dist/index.js'\nRequire stack:\n", "module",
	    "\"/workspace/node_modules/a/dist/index.js\"" },
	{ "[vite:load-fallback] Could not load /workspace/src/components/header (imported by src/main.js): "
	    "ENOENT: no such file or directory, open '/workspace/src/components/header'\n", "import", "called \"src/components/Header.jsx\"" },
	{ "[UNLOADABLE_DEPENDENCY] Could not load src/components/header\n   \u256d\u2500[ src/main.js:1:15 ]\n", "import",
	    "called \"src/components/Header.jsx\"" },
	{ "\u2718 [ERROR] Cannot read file: /workspace/lib/Util.js\n", "import", "called \"lib/util.js\"" },
	{ "m.ts(1,8): error TS1149: File name '/workspace/lib/Util.ts' differs from already included file name "
	    "'/workspace/lib/util.ts' only in casing.\n", "import", "two files called \"/workspace/lib/util.ts\"" },
	{ "m.ts(1,8): error TS1261: Already included file name '/workspace/lib/Util.ts' differs from file name "
	    "'/workspace/lib/util.ts' only in casing.\n", "import", "two files" },
	{ "[ERR_PNPM_IGNORED_BUILDS] Ignored build scripts: esbuild@0.21.5\n", "builds", "approve-builds" },
};
static const char *const nothing[] = {
	"", "error TS2322: Type 'string' is not assignable to type 'number'.\n", "AssertionError: 1 == 2\n",
	"built in 3.2s\n", "npm warn EBADENGINE Unsupported engine\n",
	"\u2502   Ignored build scripts: esbuild@0.21.5.   \u2502\n", /* a warning */
	"Could not load the settings: ENOENT\n", "[plugin] Could not load /workspace/src/a.svg (imported by src/main.js): it is no SVG\n",
};
/* clang-format on */

int
main(void)
{
	const char *missing = "Error: Cannot find module './header'\n";
	struct arena *a = arena_new();
	struct cause c;
	struct package p;
	const char *why;
	int dir = fixture();
	size_t i;

	fixture_put(dir, "src/components/Header.jsx", "", 0);
	fixture_put(dir, "src/same.js", "", 0);
	fixture_put(dir, "lib/util.js", "", 0);
	fixture_text(dir, "package.json",
	    "{\"name\":\"ad\",\"workspaces\":[\"apps/*\"],"
	    "\"keywords\":[\"chart\"],\"scripts\":{\"@tool/x\":\"\"},"
	    "\"devDependencies\":{\"@acme/ui\":\"1\"}}");
	fixture_text(dir, "apps/web/package.json",
	    "{\"dependencies\":{\"pad\":\"1\"},"
	    "\"optionalDependencies\":{\"@opt/ui\":\"1\"}}");
	ok(package_load(&p, a, dir, "apps/web", &why) == RC_OK,
	    "a project of a workspace");
	fixture_put(dir, "node_modules/nowhere.js", "", 0);
	for (i = 0; i < NITEMS(outputs); i++) {
		c = (struct cause){ "", "" };
		ok(cause_find(&c, a, outputs[i].said, strlen(outputs[i].said),
		       &p, dir) == 1 &&
			strcmp(c.code, outputs[i].code) == 0 &&
			strstr(c.why, outputs[i].part) != NULL &&
			strchr(c.why, '\n') == NULL,
		    "%s: %.50s", outputs[i].code, outputs[i].said);
		if (strstr(c.why, outputs[i].part) == NULL)
			printf("# %s: %s\n", c.code, c.why);
	}
	for (i = 0; i < NITEMS(nothing); i++)
		ok(!cause_find(&c, a, nothing[i], strlen(nothing[i]), &p, dir),
		    "nothing is made of \"%.40s\"", nothing[i]);
	ok(cause_find(&c, a, missing, strlen(missing), &p, -1) == 1 &&
		strstr(c.why, "no such file") != NULL,
	    "without a checkout to look at");
	close(dir);
	arena_free(a);
	return done();
}

#include <ctype.h>
#include <string.h>

#include "framework.h"
#include "tree.h"

#define CONFIG_MAX (1 << 20)
#define SCRIPTS    "build|vercel-build|now-build"
#define SPA        FRAMEWORK_SPA
#define BOTH       FRAMEWORK_BOTH
#define OWN        FRAMEWORK_OWN
#define ROUTE      FRAMEWORK_ROUTE

/*
 * The first that fits is it, so whatever uses another as its tool stands above
 * it: nearly everything has Vite beneath.  builderd(8) lists the same names.
 */
/* clang-format off */
static const struct framework frameworks[] = {
	/* name, title, packages, files,
	 * command, scripts, output, hashed, prefix, hint, flags */
	{ "blitz", "Blitz", "blitz", NULL,
	  "blitz build", SCRIPTS, "out", "_next/static/", "NEXT_PUBLIC_",
	  "a site without a server needs \"output: 'export'\" in next.config.js", 0 },
	{ "nextjs", "Next.js", "next", NULL,
	  "next build", SCRIPTS, "out", "_next/static/", "NEXT_PUBLIC_",
	  "a site without a server needs \"output: 'export'\" in next.config.js", 0 },
	{ "gatsby", "Gatsby", "gatsby", NULL,
	  "gatsby build", SCRIPTS, "public", "static/", "GATSBY_", NULL, 0 },
	{ "remix", "Remix", "@remix-run/dev", "remix.config.js|remix.config.mjs",
	  "remix vite:build", SCRIPTS, "build/client|public", "assets/~|build/~", NULL,
	  "a site without a server needs \"ssr: false\" in the Remix plugin", SPA },
	{ "react-router", "React Router", "@react-router/dev",
	  "react-router.config.ts|react-router.config.js",
	  "react-router build", SCRIPTS, "build/client", "assets/~", "VITE_",
	  "a site without a server needs \"ssr: false\" in react-router.config.ts", SPA },
	{ "astro", "Astro", "astro", NULL,
	  "astro build", SCRIPTS, "dist", "_astro/", "PUBLIC_",
	  "a site without a server needs \"output: 'static'\" in astro.config.mjs", 0 },
	{ "hexo", "Hexo", "hexo", NULL,
	  "hexo generate", SCRIPTS, "public", NULL, NULL, NULL, 0 },
	{ "eleventy", "Eleventy", "@11ty/eleventy", NULL,
	  "eleventy", SCRIPTS, "_site|dist", NULL, NULL, NULL, 0 },
	{ "docusaurus", "Docusaurus", "@docusaurus/core", NULL,
	  "docusaurus build", SCRIPTS, "build", "assets/js/~|assets/css/~", NULL, NULL, 0 },
	{ "preact", "Preact CLI", "preact-cli", NULL,
	  "preact build", SCRIPTS, "build", NULL, "PREACT_APP_", NULL, SPA },
	{ "solidstart", "SolidStart", "@solidjs/start|solid-start", NULL,
	  "vinxi build", SCRIPTS, ".output/public|dist/public|dist", "_build/assets/", "VITE_",
	  "a site without a server needs the preset \"static\"", 0 },
	{ "ember", "Ember", "ember-cli|ember-source", NULL,
	  "ember build --environment=production", SCRIPTS, "dist", NULL, NULL, NULL, SPA },
	{ "vue", "Vue CLI", "@vue/cli-service", NULL,
	  "vue-cli-service build", SCRIPTS, "dist", NULL, "VUE_APP_", NULL, SPA },
	{ "quasar", "Quasar", "@quasar/app-vite|@quasar/app-webpack|@quasar/app|quasar-cli", NULL,
	  "quasar build", SCRIPTS, "dist/spa|dist/pwa", "assets/~", NULL, NULL, SPA },
	{ "analog", "Analog", "@analogjs/platform", NULL,
	  "ng build", SCRIPTS, "dist/analog/public|dist/client", "assets/~", "VITE_", NULL, SPA },
	{ "ionic-angular", "Ionic with Angular", "@ionic/angular", NULL,
	  "ng build", SCRIPTS, "www/browser|www", NULL, NULL, NULL, SPA },
	{ "angular", "Angular", "@angular/cli", "angular.json",
	  "ng build", SCRIPTS, "dist/*/browser|dist/browser|dist/*|dist", NULL, NULL, NULL, SPA },
	{ "svelte", "Svelte with Rollup", "sirv-cli", "rollup.config.js|rollup.config.mjs",
	  "rollup -c", SCRIPTS, "public", NULL, NULL, NULL, SPA | BOTH },
	{ "sveltekit", "SvelteKit", "@sveltejs/kit", NULL,
	  "vite build", SCRIPTS, "build", "_app/immutable/", "PUBLIC_",
	  "a site without a server needs @sveltejs/adapter-static in svelte.config.js", 0 },
	{ "nuxt", "Nuxt", "nuxt|nuxt3|nuxt-edge|nuxt-nightly", NULL,
	  "nuxt generate", "generate|" SCRIPTS, ".output/public|dist", "_nuxt/", "NUXT_PUBLIC_",
	  "a site without a server is made by \"nuxt generate\"", 0 },
	{ "gridsome", "Gridsome", "gridsome", NULL,
	  "gridsome build", SCRIPTS, "dist", "assets/js/~|assets/css/~", "GRIDSOME_", NULL, 0 },
	{ "umijs", "UmiJS", "umi|@umijs/max", NULL,
	  "umi build", SCRIPTS, "dist", NULL, "UMI_APP_", NULL, SPA },
	{ "stencil", "Stencil", "@stencil/core", NULL,
	  "stencil build", SCRIPTS, "www|dist", "build/~", NULL, NULL, SPA },
	{ "sanity", "Sanity", "sanity",
	  "sanity.config.js|sanity.config.jsx|sanity.config.ts|sanity.config.tsx",
	  "sanity build", SCRIPTS, "dist", "static/~", "SANITY_STUDIO_", NULL, SPA | BOTH },
	{ "tanstack-start", "TanStack Start", "@tanstack/react-start|@tanstack/solid-start", NULL,
	  "vite build", SCRIPTS, "dist/client|.output/public|dist", "assets/~", "VITE_",
	  "a site without a server needs prerendering or the SPA mode", 0 },
	{ "nitro", "Nitro", "nitropack|nitro", NULL,
	  "nitro build", SCRIPTS, ".output/public|dist", NULL, NULL,
	  "a site without a server needs the preset \"static\"", 0 },
	{ "vitepress", "VitePress", "vitepress", NULL,
	  "vitepress build docs", "build|docs:build|vercel-build|now-build",
	  "docs/.vitepress/dist|.vitepress/dist", "assets/~", NULL, NULL, 0 },
	{ "vuepress", "VuePress", "vuepress", NULL,
	  "vuepress build src", "build|docs:build|vercel-build|now-build",
	  "src/.vuepress/dist|docs/.vuepress/dist|.vuepress/dist", "assets/~", NULL, NULL, 0 },
	{ "vite", "Vite", "vite|vite-plus|rolldown-vite", NULL,
	  "vite build", SCRIPTS, "dist", "assets/~", "VITE_", NULL, ROUTE },
	{ "ionic-react", "Ionic with React", "@ionic/react", NULL,
	  "react-scripts build", SCRIPTS, "build", "static/~", "REACT_APP_", NULL, SPA },
	{ "create-react-app", "Create React App", "react-scripts|react-dev-utils", NULL,
	  "react-scripts build", SCRIPTS, "build", "static/~", "REACT_APP_", NULL, SPA },
	{ "parcel", "Parcel", "parcel|parcel-bundler", NULL,
	  "parcel build", SCRIPTS, "dist", NULL, NULL, NULL, ROUTE },
	{ "storybook", "Storybook", "storybook", NULL,
	  "storybook build", "build|build-storybook|vercel-build|now-build",
	  "storybook-static", NULL, "STORYBOOK_", NULL, 0 },
	{ "hugo", "Hugo", NULL,
	  "hugo.toml|hugo.yaml|hugo.json|config.toml~baseURL|config.yaml~baseURL|config.json~baseURL",
	  "hugo --gc", SCRIPTS, "public", NULL, NULL, "hugo", OWN },
	{ "zola", "Zola", NULL, "config.toml~base_url",
	  "zola build", SCRIPTS, "public", NULL, NULL, "zola", OWN },
	{ "jekyll", "Jekyll", NULL, "_config.yml|_config.yaml",
	  "bundle exec jekyll build", SCRIPTS, "_site", NULL, "JEKYLL_", "bundle", OWN },
	{ "middleman", "Middleman", NULL, "config.rb",
	  "bundle exec middleman build", SCRIPTS, "build", NULL, NULL, "bundle", OWN },
	{ "brunch", "Brunch", "brunch", NULL,
	  "brunch build --production", SCRIPTS, "public", NULL, NULL, NULL, 0 },
	{ "gulp", "Gulp", "gulp", "gulpfile.js|gulpfile.mjs|gulpfile.ts",
	  "gulp build", SCRIPTS, "dist|build|public", NULL, NULL, NULL, BOTH },
	{ "grunt", "Grunt", "grunt", "Gruntfile.js|gruntfile.js",
	  "grunt build", SCRIPTS, "dist|build|public", NULL, NULL, NULL, BOTH },
	/* The last two fit what is left; framework_detect() knows them. */
	{ "other", "a build script", NULL, NULL,
	  "", SCRIPTS, "dist|build|out|public|_site|www|.", NULL, NULL,
	  "set the project's output directory", 0 },
	{ "static", "plain HTML", NULL, NULL,
	  "", NULL, ".", NULL, NULL, NULL, 0 },
};
/* clang-format on */

#define STATIC (&frameworks[NITEMS(frameworks) - 1])
#define OTHER  (&frameworks[NITEMS(frameworks) - 2])

/* Calls fn with each part of "a|b|c" until one answers not 0. */
static int
any(const char *list, int (*fn)(void *, const char *, size_t), void *arg)
{
	size_t n;

	for (; list != NULL && *list != '\0'; list += n + (list[n] == '|')) {
		n = strcspn(list, "|");
		if (fn(arg, list, n))
			return 1;
	}
	return 0;
}

struct search {
	struct arena *arena;
	const struct package *package;
	int root;
	const char *dir;
};

static int
is_package(void *arg, const char *name, size_t n)
{
	struct search *s = arg;

	return package_depends(s->package, arena_strndup(s->arena, name, n));
}

static int
is_file(void *arg, const char *name, size_t n)
{
	struct search *s = arg;
	char *file = arena_strndup(s->arena, name, n), *text, *found;
	const char *path;

	if ((text = strchr(file, '~')) != NULL)
		*text++ = '\0';
	path = tree_join(s->arena, s->dir, file);
	if (text == NULL)
		return tree_is_file(s->root, path);
	found = tree_read(s->arena, s->root, path, CONFIG_MAX, NULL);
	return found != NULL && strstr(found, text) != NULL;
}

const struct framework *
framework_detect(struct arena *a, const struct package *p, int root,
    const char *dir)
{
	struct search s = { a, p, root, dir };
	const struct framework *f;
	int dep, file;

	for (f = frameworks; f < OTHER; f++) {
		dep = any(f->deps, is_package, &s);
		if ((f->flags & FRAMEWORK_BOTH) != 0 && !dep)
			continue;
		if (dep && (f->flags & FRAMEWORK_BOTH) == 0)
			return f;
		file = any(f->files, is_file, &s);
		if (file)
			return f;
	}
	if (package_script(p, "build") != NULL ||
	    package_script(p, "vercel-build") != NULL ||
	    package_script(p, "now-build") != NULL)
		return OTHER;
	return STATIC;
}

const struct framework *
framework_find(const char *name)
{
	size_t i;

	for (i = 0; i < NITEMS(frameworks); i++)
		if (strcmp(frameworks[i].name, name) == 0)
			return &frameworks[i];
	return NULL;
}

struct hashed {
	const char *path;
	int sure;  /* everything there is */
	int maybe; /* where a name looks like it, it is */
};

static int
in_dir(void *arg, const char *dir, size_t n)
{
	struct hashed *h = arg;
	int maybe = dir[n - 1] == '~';

	if (strncmp(h->path, dir, n - maybe) != 0)
		return 0;
	h->maybe |= maybe;
	h->sure |= !maybe;
	return 1;
}

/*
 * Is this what a bundler puts into a name?  Elsewhere than where bundlers
 * write, a word, a date or a number must not pass for one: it would be kept
 * for a year.
 */
static int
is_hash(const char *s, size_t n, int maybe)
{
	int digit = 0, lower = 0, upper = 0, hex = 1;
	size_t i;

	if (n < 8 || n > 64)
		return 0;
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		digit += isdigit(c) != 0;
		lower += islower(c) != 0;
		upper += isupper(c) != 0;
		hex &= isxdigit(c) != 0;
		if (!isalnum(c) && c != '_' && c != '-')
			return 0;
	}
	if (maybe)
		return digit > 0 || (upper > 0 && lower > 0);
	if (hex && upper == 0)
		return digit > 0 && lower > 0;
	return n == 8 && digit > 0 && upper > 0 && lower > 0;
}

/* Looks for ".4f2a9c1b." and "-Bx_91kQz." before the extension. */
static int
has_hash(const char *path, int maybe)
{
	const char *name = strrchr(path, '/'), *dot, *p;

	name = name != NULL ? name + 1 : path;
	if ((dot = strrchr(name, '.')) == NULL)
		return 0;
	if (strcmp(dot, ".map") == 0) /* site.4f2a9c1b.js.map */
		while (dot > name && *--dot != '.')
			;
	for (p = dot; p > name + 1; p--) {
		if (p[-1] != '.' && p[-1] != '-')
			continue;
		if (is_hash(p, (size_t)(dot - p), maybe))
			return 1;
		if (p[-1] == '.' && p != dot)
			break;
	}
	return 0;
}

int
framework_hashed(const struct framework *f, const char *path)
{
	const char *dot = strrchr(path, '.');
	struct hashed h = { .path = path };

	if (dot == NULL || strcmp(dot, ".html") == 0)
		return 0;
	any(f->hashed, in_dir, &h);
	return h.sure || has_hash(path, h.maybe);
}

/* builderd/framework: what is detected, and which names are hashed. */
#include "builderd/framework.h"
#include "fixture.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char *name;	/* expected */
	const char *deps;	/* in package.json, or NULL for none */
	const char *script;	/* "build", or NULL */
	const char *file;	/* one more */
	const char *text;
} cases[] = {
	{ "static",	NULL, NULL, "index.html", "<p>hi" },
	{ "static",	"left-pad", NULL, "index.html", "<p>hi" },
	{ "other",	"left-pad", "make", NULL, NULL },
	{ "vite",	"vite", "vite build", NULL, NULL },
	{ "nextjs",	"next", "next build", NULL, NULL },
	{ "nuxt",	"nuxt\":\"3\",\"vite", "nuxt build", NULL, NULL },
	{ "gatsby",	"gatsby", NULL, NULL, NULL },
	{ "astro",	"astro\":\"5\",\"vite", NULL, NULL, NULL },
	{ "sveltekit",	"@sveltejs/kit\":\"2\",\"vite", NULL, NULL, NULL },
	{ "remix",	"@remix-run/dev\":\"2\",\"vite", NULL, NULL, NULL },
	{ "react-router", "@react-router/dev\":\"7\",\"vite", NULL, NULL, NULL },
	{ "solidstart",	"solid-js\":\"1\",\"@solidjs/start", NULL, NULL, NULL },
	{ "create-react-app", "react-scripts", NULL, NULL, NULL },
	{ "vue",	"@vue/cli-service", NULL, NULL, NULL },
	{ "angular",	"@angular/cli", NULL, "angular.json", "{}" },
	{ "preact",	"preact-cli", NULL, NULL, NULL },
	{ "svelte",	"svelte\":\"3\",\"sirv-cli", NULL, "rollup.config.js", "" },
	{ "ember",	"ember-cli", NULL, NULL, NULL },
	{ "eleventy",	"@11ty/eleventy\":\"3\",\"vite", NULL, NULL, NULL },
	{ "docusaurus",	"@docusaurus/core", NULL, NULL, NULL },
	{ "vitepress",	"vitepress", NULL, NULL, NULL },
	{ "vuepress",	"vuepress", NULL, NULL, NULL },
	{ "hexo",	"hexo", NULL, "_config.yml", "title: x" },
	{ "gridsome",	"gridsome", NULL, NULL, NULL },
	{ "parcel",	"parcel", NULL, NULL, NULL },
	{ "stencil",	"@stencil/core", NULL, NULL, NULL },
	{ "storybook",	"storybook", NULL, NULL, NULL },
	{ "vite",	"storybook\":\"8\",\"vite", NULL, NULL, NULL },
	{ "quasar",	"@quasar/app-vite", NULL, NULL, NULL },
	{ "umijs",	"umi", NULL, NULL, NULL },
	{ "ionic-react", "@ionic/react\":\"8\",\"react-scripts", NULL, NULL, NULL },
	{ "ionic-angular", "@ionic/angular\":\"8\",\"@angular/cli", NULL, NULL, NULL },
	{ "brunch",	"brunch", NULL, NULL, NULL },
	{ "gulp",	"gulp", NULL, "gulpfile.js", "" },
	{ "static",	"gulp", NULL, NULL, NULL },
	{ "grunt",	"grunt", NULL, "Gruntfile.js", "" },
	{ "sanity",	"sanity", NULL, "sanity.config.ts", "" },
	{ "hugo",	NULL, NULL, "hugo.toml", "" },
	{ "hugo",	NULL, NULL, "config.toml", "baseURL = 'x'" },
	{ "zola",	NULL, NULL, "config.toml", "base_url = 'x'" },
	{ "static",	NULL, NULL, "config.toml", "x = 1" },
	{ "jekyll",	NULL, NULL, "_config.yml", "title: x" },
	{ "middleman",	NULL, NULL, "config.rb", "" },
	{ "vitepress",	"vitepress\":\"1\",\"vite", NULL, NULL, NULL },
	{ "sveltekit-0", "@sveltejs/kit\":\"1.0.0-next.405\",\"vite", NULL, NULL, NULL },
	{ "sveltekit",	"@sveltejs/kit\":\"^1.0.0\",\"vite", NULL, NULL, NULL },
	{ "analog",	"@analogjs/platform\":\"1\",\"@angular/cli\":\"17\",\"vite", NULL, NULL, NULL },
	{ "nuxt",	"nitropack\":\"2\",\"vite\":\"5\",\"nuxt", NULL, NULL, NULL },
	{ "remix-vite", "@remix-run/dev\":\"2\",\"vite", NULL, "vite.config.ts", "" },
	{ "vite",	NULL, NULL, "vite.config.ts", "" },
	{ "react-router", NULL, NULL, "vite.config.ts", "from '@react-router/dev/vite'" },
	{ "vite",	"@ionic/react\":\"8\",\"vite", NULL, NULL, NULL },
	{ "tanstack-start", "@ionic/react\":\"8\",\"vite\":\"5\",\"@tanstack/react-start", NULL, NULL, NULL },
	{ "nextjs",	NULL, NULL, "next.config.ts", "" },
	{ "docusaurus-1", "docusaurus", NULL, NULL, NULL },
	{ "sanity-2",	"@sanity/cli\":\"^2.3\",\"x", NULL, "sanity.json", "{}" },
	{ "static",	"@sanity/cli\":\"3.0\",\"x", NULL, "sanity.json", "{}" },
	{ "express",	"express", NULL, "src/server.ts", "import x from 'express'" },
	{ "express",	"express", "tsc", "app.js", "const e = require( \"express\")" },
	{ "node",	"express", NULL, "server.js", "import x from 'http'" },
	{ "static",	"express", NULL, "lib/server.js", "import x from 'express'" },
	{ "vite",	"express\":\"4\",\"vite", NULL, "server.js", "import x from 'express'" },
	{ "nestjs",	"@nestjs/core", "nest build", "src/main.ts", "import { A } from '@nestjs/core'" },
	{ "flask",	NULL, NULL, "requirements.txt", "Flask==3.0\n" },
	{ "python",	NULL, NULL, "pyproject.toml", "[project]\n" },
	{ "static",	NULL, NULL, "go.mod", "module x" },
};

static const struct {
	const char *framework, *path;
	int hashed;
} names[] = {
	{ "vite",	"assets/index-B7x_91kQ.js",		1 },
	{ "vite",	"assets/index-abcdefgh.css",		0 },
	{ "vite",	"assets/index-DiwrgTda.css",		1 },
	{ "vite",	"assets/logo.png",			0 },
	{ "vite",	"assets/my-photo.png",			0 },
	{ "vite",	"index.html",				0 },
	{ "vite",	"vite.svg",				0 },
	{ "astro",	"_astro/anything.css",			1 },
	{ "astro",	"astro/anything.css",			0 },
	{ "nextjs",	"_next/static/chunks/main.js",		1 },
	{ "create-react-app", "static/js/main.4f2a9c1b.js",	1 },
	{ "create-react-app", "static/js/main.4f2a9c1b.js.map",	1 },
	{ "create-react-app", "static/logo.svg",		0 },
	{ "create-react-app", "asset-manifest.json",		0 },
	{ "other",	"js/app.4f2a9c1b.js",			1 },
	{ "other",	"js/app.20240101.js",			0 },
	{ "other",	"img/IMG-20240101.jpg",			0 },
	{ "other",	"img/2024-Summer-Photos.jpg",		0 },
	{ "other",	"js/jquery-3.7.1.min.js",		0 },
	{ "other",	"js/bootstrap.bundle.min.js",		0 },
	{ "other",	"deadbeef.js",				0 },
	{ "static",	"a-deadbeef1.css",			1 },
	{ "static",	"a-deadbeef1.html",			0 },
	{ "static",	"README",				0 },
	{ "static",	"sw.js",				0 },
};
/* clang-format on */

int
main(void)
{
	struct arena *a = arena_new();
	const char *why, *json;
	struct package p;
	size_t i;
	int dir;

	for (i = 0; i < NITEMS(cases); i++) {
		dir = fixture();
		json = arena_printf(a,
		    "{\"devDependencies\":{\"%s\":\"1\"},\"scripts\":{%s%s%s}}",
		    cases[i].deps,
		    cases[i].script != NULL ? "\"build\":\"" : "",
		    cases[i].script != NULL ? cases[i].script : "",
		    cases[i].script != NULL ? "\"" : "");
		if (cases[i].deps != NULL)
			fixture_text(dir, "package.json", json);
		if (cases[i].file != NULL)
			fixture_text(dir, cases[i].file, cases[i].text);
		if (package_load(&p, a, dir, ".", &why) != RC_OK)
			printf("# %s\n", why);
		is(framework_detect(a, &p, dir, ".")->name, cases[i].name,
		    "%s by %s", cases[i].name,
		    cases[i].deps != NULL ? cases[i].deps : cases[i].file);
		close(dir);
	}
	for (i = 0; i < NITEMS(names); i++)
		ok(framework_hashed(framework_find(names[i].framework),
		       names[i].path) == names[i].hashed,
		    "%s: %s is %shashed", names[i].framework, names[i].path,
		    names[i].hashed ? "" : "not ");
	ok(framework_find("") == NULL && framework_find("vit") == NULL,
	    "no such framework");
	is(framework_find("sveltekit-1")->name, "sveltekit", "an alias");
	ok((framework_find("express")->flags & FRAMEWORK_SERVER) != 0,
	    "a server");
	is(framework_find("nextjs")->cache, ".next/cache", "what is kept");
	is(framework_find("nuxt")->prefix, "NUXT_PUBLIC_|NUXT_ENV_",
	    "what the site may see");

	dir = fixture();
	fixture_text(dir, "server.js", "");
	fixture_text(dir, "index.html", "");
	ok(package_load(&p, a, dir, ".", &why) == RC_OK, "a page");
	is(framework_detect(a, &p, dir, ".")->name, "static",
	    "beside a server is a site");
	close(dir);
	arena_free(a);
	return done();
}

// Detection against @vercel/fs-detectors and @netlify/build-info.
//
// Each oracle's own table is turned into folders that it must know: every
// framework as it is, among the development dependencies, among other
// packages, with a script, over what it supersedes, and by its config files
// alone; then pairs of frameworks at random, package managers, monorepos, and
// ranges of versions.  What differs is listed below with its reason; what
// differs otherwise, and what is listed and does not differ, fails.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { Project } from '@netlify/build-info';
import { NodeFS } from '@netlify/build-info/node';

const require = createRequire(import.meta.url);
const { detectFramework, getMonorepoDefaultSettings, LocalFileSystemDetector } =
	require('@vercel/fs-detectors');
const { scanParentDirs } = require('@vercel/build-utils');
const semver = require('semver');
const vercel = require('@vercel/frameworks').default
	.filter((f) => f.slug && !f.experimental && f.detectors);
const [show, table] = process.argv.slice(2);
const seed = Number(process.env.SEED || Date.now() % 1e6);

// ---- what differs, and why -------------------------------------------------

const STATIC = 'only what is made of files can be served';
const NEWER = 'theirs is of a version that is no more';
const EXACT = 'the framework says it more exactly than the bundler below it';
const NONE = 'a script that there is not';

const expected = [
	// oracle, field, theirs, ours, why[, which[, not always]]
	['vercel', 'command', 'nuxt build', 'nuxt generate', STATIC],
	['netlify', 'command', 'nuxt build', 'nuxt generate', STATIC],
	['vercel', 'output', 'public', '*', STATIC, /sveltekit/],
	['netlify', 'output', '.next', '*', STATIC],
	['netlify', 'framework', 'hono', 'none', STATIC],
	['vercel', 'framework', 'vite', 'vitepress', EXACT, / and /, true],
	['vercel', 'framework', 'vite', 'vuepress', EXACT, / and /, true],
	['netlify', 'output', '.quasar', '*', NEWER],
	['netlify', 'command', 'vuepress build', 'vuepress build src', 'without a folder it builds everything'],
	['netlify', 'command', 'npm run build', 'vite build', NONE, /^qwik/],
	['netlify', 'command', 'npm run build', 'rollup -c', NONE, /^svelte/],
	['netlify', 'framework', 'expo', 'none', 'many things have an app.json', /app.json alone/],
];

// ---- small things ----------------------------------------------------------

let state = seed;
const random = (n) => {
	state = (state * 1103515245 + 12345) % 2147483648;
	return Math.floor(state / 65536) % n;
};

// Their names of our frameworks.
const ours = {};
for (let [name, line] of (() => {
	const out = [];
	let now;
	for (const l of fs.readFileSync(table, 'utf8').split('\n')) {
		const head = l.match(/^\[(.*)\]$/);
		if (head) out.push([(now = head[1]), now]);
		else if (l.startsWith('alias = '))
			for (const a of l.slice(8).split(' ')) out.push([a, now]);
	}
	return out;
})()) ours[name] ??= line;

const top = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-fixtures-'));
process.on('exit', () => fs.rmSync(top, { recursive: true, force: true }));
const fixtures = [];

function fixture(what, files, dir = '.') {
	const at = path.join(top, String(fixtures.length));
	fs.mkdirSync(at);
	for (const [name, text] of Object.entries(files)) {
		fs.mkdirSync(path.dirname(path.join(at, name)), { recursive: true });
		fs.writeFileSync(path.join(at, name),
			typeof text === 'string' ? text : JSON.stringify(text, null, 2));
	}
	const f = { what, at, dir, full: path.join(at, dir) };
	fixtures.push(f);
	return f;
}

// ---- folders of their tables -----------------------------------------------

const samples = ['baseURL = "x"', 'base_url = "x"', 'fastapi', 'Flask', 'Django',
	'python-fasthtml', 'DJANGO_SETTINGS_MODULE', 'axum = "1"', '@react-router/dev/vite',
	...['express', 'hono', 'h3', 'koa', '@nestjs/core', 'elysia', 'fastify']
		.map((m) => `import x from "${m}"`)];

function satisfy(detector, into) {
	const { path: file, matchContent, matchPackage } = detector;
	if (matchPackage) {
		into.deps[matchPackage] = '^1.0.0';
	} else if (file === 'package.json') {
		const name = matchContent.match(/\[\^}\]\*"(.+?)"/)[1].replace(/\\/g, '');
		into.deps[name] = /next/.test(matchContent) ? '1.0.0-next.100' :
			/2/.test(matchContent) ? '^2.1.0' : '^1.0.0';
	} else {
		into.files[file] = !matchContent ? '' :
			samples.find((s) => new RegExp(matchContent, 'm').test(s));
		if (into.files[file] === undefined)
			throw new Error(`${file}: no text like ${matchContent}`);
	}
}

// What satisfies a row of Vercel's: all of one kind, and one of the other.
function sample(f, n = 0) {
	const into = { deps: {}, files: {} };
	for (const d of f.detectors.every ?? []) satisfy(d, into);
	const some = f.detectors.some ?? [];
	if (some.length > 0) satisfy(some[n % some.length], into);
	return into;
}

const others = { react: '^18.2.0', lodash: '4', typescript: '^5.0.0', eslint: '^9' };

function variants(who, name, s, extra = []) {
	const deps = Object.keys(s.deps).length > 0;
	const made = [['plain', { dependencies: s.deps }],
		['among others', { dependencies: { ...others, ...s.deps } }],
		['development', { dependencies: others, devDependencies: s.deps }],
		['with a script', { dependencies: s.deps, scripts: { build: 'make', dev: 'x' } }],
		...extra];
	for (const [kind, json] of made)
		fixture(`${name}: ${kind}`, { ...s.files, ...(json.files ?? {}),
			'package.json': { name: 'x', ...json, files: undefined } }).who = who;
	if (!deps)
		fixture(`${name}: no package.json`, s.files).who = who;
}

for (const f of vercel) {
	const s = sample(f);
	const over = (f.supersedes ?? []).map((slug) => {
		const under = vercel.find((x) => x.slug === slug);
		if (!under) return null;
		const u = sample(under);
		return [`over ${slug}`, { dependencies: { ...u.deps, ...s.deps }, files: u.files }];
	}).filter(Boolean);
	variants('vercel', f.slug, s, over);
	for (let i = 1; i < Math.min(f.detectors.some?.length ?? 0, 6); i++) {
		const t = sample(f, i);
		fixture(`${f.slug}: the ${i + 1}th way`, { ...t.files,
			'package.json': { dependencies: t.deps } }).who = 'vercel';
	}
}
for (let i = 0; i < 150; i++) {
	const [x, y] = [vercel[random(vercel.length)], vercel[random(vercel.length)]];
	const [a, b] = [sample(x), sample(y)];
	fixture(`${x.slug} and ${y.slug}`, { ...b.files, ...a.files,
		'package.json': { dependencies: { ...a.deps, ...b.deps } } }).who = 'vercel';
}

const texts = { 'config.toml': 'baseURL = "x"\n', 'config.yaml': 'baseURL: x\n',
	'config.json': '{"baseURL":"x"}', 'config.yml': 'baseurl: x\n',
	'gulpfile.js': '', 'Gruntfile.js': '' };
// What a row of Netlify's alone is not: the tool that reads the package.
const company = { 'solid-js': { vite: '^5.0.0' }, 'tanstack-router': { vite: '^5.0.0' },
	svelte: { 'sirv-cli': '^2.0.0' } };
const tools = { gulp: 'gulpfile.js', grunt: 'Gruntfile.js', jekyll: '_config.yml' };
{
	const where = new NodeFS();
	where.cwd = top;
	const { frameworks } = await import(new URL('frameworks/index.js',
		import.meta.resolve('@netlify/build-info')).href);
	for (const F of frameworks) {
		const f = new F(new Project(where, top, top), top);
		const files = tools[f.id] ? { [tools[f.id]]: '' } : {};
		// Packages of their own platform are none of ours; and a Vite config
		// alone, which they take for Hydrogen, is Vite's.
		for (const dep of f.npmDependencies.filter((d) => !d.startsWith('@netlify/') && !d.includes('netlify')))
			variants('netlify', f.id, { deps: { ...company[f.id], [dep]: '^99.0.0' }, files });
		for (const file of f.configFiles.filter((n) => !['hydrogen', 'remix'].includes(f.id)))
			fixture(`${f.id}: ${file} alone`, { [file]: texts[file] ?? '',
				'package.json': { dependencies: others } }).who = 'netlify';
		if (f.npmDependencies.length === 0)
			for (const file of f.configFiles)
				fixture(`${f.id}: ${file}`, { [file]: texts[file] ?? '' }).who = 'netlify';
	}
}

// ---- managers and monorepos ------------------------------------------------

const lockFiles = { 'package-lock.json': '{"lockfileVersion":3}', 'yarn.lock': '# yarn lockfile v1\n',
	'pnpm-lock.yaml': "lockfileVersion: '9.0'\n", 'bun.lock': '{"lockfileVersion":1}', 'bun.lockb': '' };
const named = ['npm@10.8.0', 'pnpm@9.1.0', 'yarn@1.22.22', 'yarn@4.1.0', 'bun@1.1.0'];
for (const [file, text] of [[null, null], ...Object.entries(lockFiles)])
	for (const manager of [undefined, ...named])
		for (const inside of [false, true]) {
			const json = { name: 'site', packageManager: manager,
				dependencies: { vite: '^5.0.0' }, scripts: { build: 'vite build' } };
			const files = inside ?
				{ 'package.json': { name: 'all', private: true, packageManager: manager, workspaces: ['apps/*'] },
					'apps/site/package.json': { ...json, packageManager: undefined } } :
				{ 'package.json': json };
			if (file) files[file] = text;
			fixture(`${file ?? 'no lock file'}, ${manager ?? 'nothing named'}${inside ? ', a workspace' : ''}`,
				files, inside ? 'apps/site' : '.').who = 'managers';
		}
for (const [x, y] of [['package-lock.json', 'yarn.lock'], ['pnpm-lock.yaml', 'package-lock.json'],
	['yarn.lock', 'pnpm-lock.yaml'], ['bun.lock', 'yarn.lock'], ['bun.lockb', 'package-lock.json']])
	fixture(`${x} and ${y}`, { 'package.json': { dependencies: { vite: '5' } },
		[x]: lockFiles[x], [y]: lockFiles[y] }).who = 'managers';

for (const tool of ['turbo', 'nx', 'lerna', null])
	for (const [lock, list] of [['package-lock.json', null], ['yarn.lock', null], ['pnpm-lock.yaml', "packages:\n  - 'apps/*'\n  - packages/*\n"]]) {
		const files = {
			'package.json': { name: 'all', private: true, workspaces: list ? undefined : ['apps/*', 'packages/*'],
				devDependencies: tool ? { [tool]: '^2.1.0' } : {} },
			'apps/site/package.json': { name: 'site', dependencies: { vite: '^5.0.0', lib: 'workspace:*' },
				scripts: { dev: 'vite', build: 'vite build' } },
			'packages/lib/package.json': { name: 'lib', version: '1.0.0' },
			[lock]: lockFiles[lock],
		};
		if (list) files['pnpm-workspace.yaml'] = list;
		if (tool === 'turbo') files['turbo.json'] = { tasks: { build: { dependsOn: ['^build'] } } };
		if (tool === 'nx') files['nx.json'] = { targetDefaults: { build: { dependsOn: ['^build'] } } };
		if (tool === 'lerna') files['lerna.json'] = { version: '1.0.0' };
		const f = fixture(`${tool ?? 'no tool'} and ${lock}`, files, 'apps/site');
		f.who = 'monorepos';
		f.tool = tool;
	}

// ---- ranges ----------------------------------------------------------------

const ranges = [];
for (let i = 0; i < 400; i++) {
	const version = () => {
		const part = [[16, 18, 19, 20, 21, 22, 23, 24, 25, 26][random(10)], random(21), random(5)];
		if (random(4) === 0) part.fill('x', 1);
		return (random(4) === 0 ? 'v' : '') + part.slice(0, 1 + random(3)).join('.');
	};
	const one = () => random(20) === 0 ? ['x', '*', '>x', '<*', '>=x'][random(5)] : ['', '^', '~', '>=', '>', '<', '<=', '=', '>= '][random(9)] + version();
	const many = () => random(5) === 0 ? `${version()} - ${version()}` :
		Array.from({ length: 1 + random(2) }, one).join(' ');
	ranges.push(Array.from({ length: 1 + random(3) }, many).join([' || ', '||'][random(2)]));
}

// ---- what we say, and what they say ----------------------------------------

const asked = fixtures.map((f) => `in\t${f.at}\t${f.dir}`).concat(ranges.map((r) => `range\t${r}`));
const said = spawnSync(show, { input: asked.join('\n') + '\n', encoding: 'utf8' });
if (said.status !== 0) throw new Error(`${show}: ${said.status} ${said.stderr}`);
const answers = said.stdout.split('\n');
fixtures.forEach((f, i) => {
	const [framework, command, output, manager, install, where] = answers[i].split('\t');
	f.ours = { framework, command, output: output.split('|'), manager, install, where };
});

// Who runs it, where, and the flags that make it a build for production are
// not compared.
const bare = (command) => command?.replace(/^cd \S+ && /, '').replace(/^(npx |yarn (?=rw )|bundle exec )/, '')
	.replace(/ --(gc|prod|production|environment=production)\b/, '')
	.replace(/^@11ty\//, '').replace(/^npm --workspace \S+ run/, 'npm run')
	.replace(/^yarn workspace \S+ build/, 'yarn run build').replace(/^pnpm --filter \S+ run/, 'pnpm run')
	.replace(/^nx run (\S+):build$/, 'nx build $1').replace(/^(turbo run build) --filter.*/, '$1');
const tally = {};
const differs = [];

function compare(who, field, f, theirs, mine) {
	const t = (tally[who] ??= { all: 0, same: 0, other: 0 });
	if (/vercel|netlify/.test(`${theirs}`)) return; // is of their platform
	t.all++;
	if (theirs === mine) { t.same++; return; }
	const e = expected.find((x) => x[0] === who && x[1] === field &&
		(x[2] === theirs || x[2] === '*') && (x[3] === mine || x[3] === '*') &&
		(!x[5] || x[5].test(f.what)));
	if (e) e.used = (e.used ?? 0) + 1;
	if (e?.[4] === STATIC) t.other++;
	if (e) return;
	differs.push(`${who}: ${f.what}: ${field} ${theirs}, ours ${mine}`);
}

const within = (out, list) => list.find((o) => o === out || o.startsWith(`${out}/`)) ? out : list.join('|');

const family = (name) => name.replace(/-(0|1|2|vite)$/, '');
const servers = new Set(fs.readFileSync(table, 'utf8').split('\n\n')
	.filter((row) => /^flags = .*server/m.test(row)).map((row) => row.match(/^\[(.*)\]/m)[1]));
// Where one name means two things, theirs is the older.
const older = { docusaurus: 'docusaurus-1', solidstart: 'solidstart-0', sveltekit: 'sveltekit-0' };

async function asVercel(f) {
	const slug = await detectFramework({ fs: new LocalFileSystemDetector(f.full), frameworkList: vercel });
	const t = vercel.find((x) => x.slug === slug);
	const rest = f.ours.framework === 'other' || f.ours.framework === 'static' ? 'none' : f.ours.framework;
	const name = slug ? older[slug] ?? ours[slug] ?? slug : 'none';
	// Remix is two rows of ours.
	compare('vercel', 'framework', f, name, name === 'remix' ? rest.replace(/-vite$/, '') : rest);
	if (name !== rest || !t || servers.has(name)) return;
	const { buildCommand, outputDirectory } = t.settings;
	const script = /with a script/.test(f.what);
	if (buildCommand.value && !script)
		compare('vercel', 'command', f, bare(buildCommand.value), bare(f.ours.command));
	if (script && buildCommand.value)
		compare('vercel', 'command', f, 'npm run build', f.ours.command);
	if (outputDirectory.value)
		compare('vercel', 'output', f, outputDirectory.value, within(outputDirectory.value, f.ours.output));
}

async function netlifySettings(f) {
	const where = new NodeFS();
	where.cwd = f.full;
	where.logger = { debug() {}, log() {}, error() {}, warn() {}, info() {} };
	const p = new Project(where, f.full, f.at);
	p.setReportFn(() => {});
	return [(await p.getBuildSettings(f.dir === '.' ? undefined : f.dir))[0], p];
}

async function asNetlify(f) {
	const [t] = await netlifySettings(f);
	const rest = f.ours.framework === 'other' || f.ours.framework === 'static' ? 'none' : f.ours.framework;
	const name = t ? ours[t.framework.id] ?? t.framework.id : 'none';
	compare('netlify', 'framework', f, name, family(rest));
	if (!t || name !== family(rest) || servers.has(name)) return;
	compare('netlify', 'command', f, bare(t.buildCommand), bare(f.ours.command));
	const out = t.dist.replace(/\/$/, '').replace('<project-name>', '*');
	compare('netlify', 'output', f, out, within(out, f.ours.output));
}

const known = (m) => m === 'vlt' ? 'npm' : m;
for (const f of fixtures) {
	if (f.who === 'vercel') await asVercel(f);
	if (f.who === 'netlify') await asNetlify(f);
	if (f.who === 'managers') {
		// Where they differ from one another we follow one of them.
		const v = known((await scanParentDirs(f.full, true, f.at)).cliType);
		const [, p] = await netlifySettings(f);
		const n = p.packageManager?.name ?? 'npm';
		if (v === n || (f.ours.manager !== v && f.ours.manager !== n))
			for (const [who, theirs] of [['vercel', v], ['netlify', n]])
				compare(who, 'manager', f, theirs, f.ours.manager);
	}
	if (f.who === 'monorepos') {
		const v = await getMonorepoDefaultSettings('site', 'apps/site', '../..', new LocalFileSystemDetector(f.at));
		const [n] = await netlifySettings(f);
		const run = `${f.ours.manager} run build`;
		compare('vercel', 'command', f, bare(v?.buildCommand) ?? run, bare(f.ours.command));
		compare('netlify', 'command', f, bare(n.buildCommand), bare(f.ours.command));
		compare('vercel', 'installed at', f, '.', f.ours.where);
	}
}
ranges.forEach((r, i) => {
	const newest = [24, 22, 20, 18].find((m) => {
		try { return semver.intersects(r, `${m}.x`); } catch { return false; }
	}) ?? 0;
	compare('semver', 'newest', { what: `"${r}"` }, String(newest), answers[fixtures.length + i]);
});

// ---- the verdict -----------------------------------------------------------

let n = 0, bad = 0;
const ok = (good, what) => {
	console.log(`${good ? 'ok' : 'not ok'} ${++n} - ${what}`);
	bad += !good;
};
console.log(`# seed ${seed}; ${fixtures.length} folders, ${ranges.length} ranges`);
// Where servers are concerned, their semantics are not ours.
for (const [who, t] of Object.entries(tally))
	ok(t.same >= 0.98 * (t.all - t.other), `${who}: ${(100 * t.same / (t.all - t.other)).toFixed(1)} % of ` +
		`${t.all - t.other} answers agree (${(100 * t.same / t.all).toFixed(1)} % with what servers are for)`);
ok(differs.length === 0, 'what differs is known');
for (const d of differs) console.log(`# ${d}`);
const unused = expected.filter((e) => !e.used && !e[6]);
ok(unused.length === 0, 'what is known to differ does');
for (const e of unused) console.log(`# ${e.slice(0, 4).join(' ')}`);
for (const e of expected) console.log(`# ${e.used ?? 0} x ${e[0]} ${e[1]} ${e[2]}, ours ${e[3]}: ${e[4]}`);
console.log(`1..${n}`);
process.exit(bad ? 1 : 0);

// vercel.json against @vercel/routing-utils.
//
//	node vercel.mjs SHOW CONFIGS REQUESTS SEED
//
// That package makes routes of it, which are applied here as its vendor
// documents them; SHOW says what Slipway does with the same request.  Random
// configurations get random requests, most of them made from what the
// configuration itself says.  The differences that are meant are below.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const { getTransformedRoutes } = createRequire(import.meta.url)('@vercel/routing-utils');
const [show, configs, requests, seedText] = process.argv.slice(2);
const seed = Number(seedText);
console.error = () => {}; // it tells its authors of patterns there

// ---- SHOW, a line for a line

const child = spawn(show, { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
async function tell(kind, value) {
  child.stdin.write(`${kind} ${JSON.stringify(value)}\n`);
  if (kind === 'F') return undefined;
  const { value: line, done } = await lines.next();
  if (done) throw new Error(`it died of ${kind} ${JSON.stringify(value)}`);
  return JSON.parse(line);
}

// ---- the routes, applied

function resolve(text, match, params) {
  return text.replace(/\$([1-9]\d*|[a-zA-Z]+)/g, (all, name) =>
    name in params ? params[name] : (match[Number(name)] ?? ''));
}

// There a path is matched as it was sent, so what it captured is escaped.
const escaped = (s) => s?.replace(/[?#%]/g, encodeURIComponent);
const resolveURL = (text, match, params) => resolve(text, match.map(escaped),
  Object.fromEntries(Object.entries(params).map(([k, v]) => [k, escaped(v)])));

function lookUp(c, request) {
  const all = new URLSearchParams(request.query).getAll(c.key ?? '');
  if (c.type === 'query') return all.at(-1);
  if (c.type === 'host') return request.host;
  if (c.type === 'header') return request.headers[c.key.toLowerCase()];
  const cookie = (request.headers.cookie ?? '').split('; ').find((s) => s.startsWith(`${c.key}=`));
  return cookie?.slice(c.key.length + 1);
}

const number = (s) => (/^[-+]?(\d+\.?\d*|\.\d+)$/.test(s.trim()) ? Number(s) : NaN);
const operators = {
  eq: (v, o) => v === String(o),
  neq: (v, o) => v !== o,
  inc: (v, o) => o.includes(v),
  ninc: (v, o) => !o.includes(v),
  pre: (v, o) => v.startsWith(o),
  suf: (v, o) => v.endsWith(o),
  gt: (v, o) => number(v) > o,
  gte: (v, o) => number(v) >= o,
  lt: (v, o) => number(v) < o,
  lte: (v, o) => number(v) <= o,
};

// A value that is text fits all of what was sent, as in Next.js, whose
// configuration has the same words, and as their vendor's servers have it.  The
// vendor's local server only searches for it: that difference is meant, for a
// host such as "shop.test" must not be found in "www.shop.test".
let searching = false;
const whole = (re) => (searching ? re : `^(?:${re})$`);

function holds(c, request, params) {
  const v = lookUp(c, request);
  if (v === undefined) return false;
  if (c.value === undefined || c.value === '') {
    if (c.key !== undefined) params[c.key] = v;
    return true;
  }
  const asked = typeof c.value === 'string' ? { re: whole(c.value) } : c.value;
  for (const [op, operand] of Object.entries(asked)) {
    if (op !== 're') {
      if (!operators[op](v, operand)) return false;
      continue;
    }
    const m = new RegExp(operand).exec(v);
    if (m === null) return false;
    Object.assign(params, m.groups);
    if (c.type === 'host') params.host = v;
  }
  return true;
}

function fits(route, path, request) {
  const match = new RegExp(route.src).exec(path);
  const params = {};
  if (match === null) return null;
  if (!(route.has ?? []).every((c) => holds(c, request, params))) return null;
  if ((route.missing ?? []).some((c) => holds(c, request, {}))) return null;
  return { match, params };
}

function fileOf(path, files, config) {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  const names = [path, `${bare}/index.html`];
  if (config.cleanUrls) names.push(`${bare}.html`);
  return names.find((s) => files.includes(s)) ?? null;
}

function expected(routes, config, files, request) {
  const headers = {};
  let { path } = request;
  const at = routes.findIndex((r) => r.handle === 'filesystem');
  const before = at === -1 ? routes : routes.slice(0, at);
  for (const route of before) {
    const f = fits(route, path, request);
    if (f === null) continue;
    if (route.status !== undefined)
      return { status: route.status, location: resolveURL(route.headers.Location, f.match, f.params) };
    for (const [name, value] of Object.entries(route.headers ?? {}))
      headers[name.toLowerCase()] = resolve(value, f.match, f.params);
    if (!route.continue) break;
  }
  const file = fileOf(path, files, config);
  if (file !== null) return { headers, file };
  for (const route of at === -1 ? [] : routes.slice(at + 1)) {
    const f = fits(route, path, request);
    if (f === null) continue;
    const dest = resolveURL(route.dest, f.match, f.params);
    if (/^https?:/.test(dest)) return { headers, proxy: dest };
    path = decodeURIComponent(dest.split(/[?#]/)[0]).replace(/\/+/g, '/');
    const found = fileOf(path, files, config);
    if (found !== null) return { headers, file: found };
  }
  return { headers, file: null };
}

// A URL as it is compared: its query in order of names, with what the request
// brought.  Escapes of a path say the same with or without them, and of the
// slashes at its begin one counts: see "slashes" below.
function canonical(text, query) {
  const u = new URL(text.replace(/^\/+/, '/'), 'http://here.test');
  const own = [...new URLSearchParams(u.search)];
  const names = new Set(own.map(([k]) => k));
  for (const [k, v] of new URLSearchParams(query ?? '')) if (!names.has(k)) own.push([k, v]);
  let path = u.pathname;
  try { path = decodeURIComponent(path); } catch { /* as it is */ }
  return JSON.stringify([u.origin, path, own.map(String).sort(), u.hash]);
}

function same(theirs, ours, request) {
  if ('location' in theirs || 'location' in ours)
    return theirs.status === ours.status &&
      canonical(theirs.location, request.query) === canonical(ours.location);
  const lower = Object.fromEntries(Object.entries(ours.headers).map(([k, v]) => [k.toLowerCase(), v]));
  const sorted = (o) => JSON.stringify(Object.entries(o).sort());
  if (sorted(theirs.headers) !== sorted(lower)) return false;
  if ('proxy' in theirs || 'proxy' in ours)
    return 'proxy' in theirs && 'proxy' in ours &&
      canonical(theirs.proxy.split('#')[0], request.query) === canonical(ours.proxy);
  return theirs.file === ours.file;
}

// ---- chance

let state = seed >>> 0;
function random(n) { // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
}
const pick = (list) => list[random(list.length)];
const chance = (percent) => random(100) < percent;
const some = (max, make) => Array.from({ length: random(max + 1) }, (_, i) => make(i));

const words = ['a', 'b', 'blog', 'about', 'A', 'x-1', '2020', '17', 'index', 'docs', 'é', 'c d', 'p.q'];
const files = ['.html', '.txt', '/index.html'];
const names = ['x', 'y', 'slug', 'path', 'id'];
const patterns = { '\\d+': ['7', '2020'], 'a|b': ['a', 'b'], '[a-z]{1,3}': ['abc', 'q'], '.*': ['', 'r/s', 't'],
  '[^.]+': ['u'], '(?!api)[a-z]+': ['web', 'api'], '\\w+\\.html': ['m.html'], '.+': ['n/o', 'p'] };

// A part of a source, with a text that fits it and the name it has.
function part() {
  const kind = random(10);
  if (kind < 4) { const w = pick(words); return { source: `/${w}`, text: `/${w}` }; }
  const name = pick(names);
  const pattern = pick(Object.keys(patterns));
  const value = () => pick(patterns[pattern]);
  if (kind < 6) return { source: `/:${name}`, text: `/${pick(words)}`, name };
  if (kind === 6) {
    const m = pick(['*', '+', '?']);
    const n = m === '?' ? random(2) : m === '*' ? random(4) : 1 + random(3);
    return { source: `/:${name}${m}`, text: Array.from({ length: n }, () => `/${pick(words)}`).join(''), name };
  }
  if (kind === 7) return { source: `/:${name}(${pattern})`, text: `/${value()}`, name };
  if (kind === 8) return { source: `/(${pattern})`, text: `/${value()}`, number: true };
  return pick([
    { source: `/pre-:${name}`, text: `/pre-${pick(words)}`, name },
    { source: `/:${name}.html`, text: `/${pick(words)}.html`, name },
    { source: `/k{-:${name}}?`, text: pick(['/k', '/k-v']), name },
    { source: `/w(${pattern})`, text: `/w${value()}`, number: true },
    { source: `/why\\?\\(\\)`, text: '/why?()' },
    { source: `/k{/:${name}/l}*`, text: pick(['/k', '/k/v/l', '/k/v/l/w/l']), name },
  ]);
}

function source() {
  const parts = [part(), ...some(2, part)];
  const end = chance(10) ? '/' : '';
  return {
    source: parts.map((p) => p.source).join('') + end,
    text: parts.map((p) => p.text).join('') + end,
    // A part may take the same name again: its last one counts.
    names: parts.filter((p) => p.name).map((p) => p.name),
    numbers: parts.filter((p) => p.name || p.number).length,
  };
}

const values = ['1', '10', '5.5', 'en', 'first-second', 'dark', '', '-3', 'x.y'];
function condition(captures) {
  const type = pick(['host', 'header', 'cookie', 'query']);
  const key = { header: ['xh', 'mode', 'accept'], cookie: ['c', 'mode'], query: ['q', 'lang', 'n'] }[type];
  const c = type === 'host' ? { type } : { type, key: pick(key) };
  if (type !== 'host' && chance(35)) {
    if (/^[a-z]+$/.test(c.key)) captures.push(c.key);
    return c;
  }
  const group = pick(['g', 'h']);
  const regex = pick(['en', '^en$', 'e', '\\d+', `first-(?<${group}>.*)`, `^(?<${group}>[a-z]+)`, 'dark|1', '.', `(?<${group}>.)\\.`]);
  if (chance(60)) c.value = type === 'host' ? pick(['here\\.test', `(?<${group}>[a-z]+)\\.test`, '.*test$', '^other', '^other.*']) : regex;
  else {
    c.value = {};
    for (const op of new Set([pick(Object.keys(operators)), pick([...Object.keys(operators), 're'])]))
      c.value[op] = op === 're' ? regex : ['inc', 'ninc'].includes(op) ? [pick(values), pick(values)] :
        ['gt', 'gte', 'lt', 'lte'].includes(op) ? pick([0, 5, 5.5, -3]) :
          op === 'eq' && chance(20) ? 10 : pick(['en', 'e', '1', 'first', 'second', 'dark']);
  }
  const re = typeof c.value === 'string' ? c.value : c.value.re;
  for (const m of (re ?? '').matchAll(/\(\?<([a-z]+)>/g)) captures.push(m[1]);
  if (re && type === 'host') captures.push('host');
  return c;
}

function conditions(entry, captures) {
  if (chance(30)) entry.has = [condition(captures), ...some(1, () => condition(captures))];
  if (chance(15)) entry.missing = [condition([])];
}

const reference = (s, captures) => pick([
  ...s.names.flatMap((n) => [`:${n}`, `:${n}`, `:${n}*`]),
  ...captures.flatMap((n) => [`:${n}`, `:${n}`]),
  ...(s.numbers > 0 ? [`$${1 + random(s.numbers)}`] : []), 'z']);

function path(s, captures) {
  let out = '';
  for (let i = 0; i <= random(3); i++)
    out += chance(40) ? `/${pick(words)}` : `/${chance(20) ? 'v-' : ''}${reference(s, captures)}`;
  return out + (chance(15) ? pick(files) : '') + (chance(8) ? '/' : '');
}

function destination(s, captures, site) {
  let out = chance(50) && site.length > 0 ? pick(site) : path(s, captures);
  if (chance(20)) out = `${pick(['https://e.test', 'http://e.test:8080'])}${chance(80) ? out : ''}`;
  if (chance(25)) out += `?${pick(['f=1', 'q=2&f=1', `f=${reference(s, captures)}`, `q=${reference(s, captures)}&q=3`])}`;
  if (chance(8)) out += pick(['#top', `#${reference(s, captures)}`]);
  return out;
}

function configuration(site) {
  const c = {};
  const sources = [];
  const make = (rest) => () => {
    const s = source();
    const entry = { source: s.source };
    const captures = [];
    conditions(entry, captures);
    rest(entry, s, captures);
    sources.push(s);
    return entry;
  };
  if (chance(30)) c.cleanUrls = chance(80);
  if (chance(30)) c.trailingSlash = chance(50);
  if (chance(70)) c.redirects = some(4, make((e, s, captures) => {
    e.destination = destination(s, captures, site);
    if (chance(30)) e.permanent = chance(50);
    else if (chance(30)) e.statusCode = pick([301, 302, 303, 307, 308]);
  }));
  if (chance(60)) c.headers = some(4, make((e, s, captures) => {
    const small = chance(30);
    e.headers = some(3, () => ({
      key: pick([small ? 'x-one' : 'X-One', 'X-Two', 'Cache-Control', 'Link']),
      value: pick(['v', 'no-store', `p/${reference(s, captures)}.`, `</a>; rel="${reference(s, captures)}"`,
        'a: b', 'https://e.test:80/']),
    }));
  }));
  if (chance(80)) c.rewrites = some(5, make((e, s, captures) => { e.destination = destination(s, captures, site); }));
  return { config: c, sources };
}

function request(sources, site) {
  let text = chance(70) && sources.length > 0 ? pick(sources).text :
    chance(60) ? pick(site) : `/${some(3, () => pick(words)).join('/')}`;
  if (chance(15)) text = pick([`${text}/`, text.replace(/\.html$/, ''), text.replace(/index\.html$/, ''),
    text.toLowerCase(), `${text}x`]);
  text = text.replace(/\/+/g, '/') || '/';
  const headers = {};
  for (const name of ['xh', 'mode', 'accept']) if (chance(40)) headers[name] = pick(values.filter(Boolean));
  if (chance(50)) headers.cookie = ['c', 'mode'].filter(() => chance(70)).map((n) => `${n}=${pick(values.filter(Boolean))}`).join('; ');
  if (!headers.cookie) delete headers.cookie;
  const query = ['q', 'lang', 'n', 'other'].filter(() => chance(35)).map((n) => `${n}=${pick(values)}`).join('&');
  return { path: text, query, host: pick(['here.test', 'other.test', 'a.here.test']), headers };
}

// ---- the test

let n = 0;
let bad = 0;
function ok(good, text, notes = []) {
  console.log(`${good ? 'ok' : 'not ok'} ${++n} - ${text}`);
  if (good) return;
  bad++;
  for (const note of notes) console.log(`# ${note}`);
}

async function compare(config, site, r) {
  const { routes } = getTransformedRoutes(structuredClone(config));
  const theirs = expected(routes ?? [], config, site, r);
  const ours = await tell('R', r);
  return { theirs, ours, same: same(theirs, ours, r) };
}

console.log(`# seed ${seed}`);
const kinds = {};
const differences = [];
const refusals = [];
let asked = 0;
let made = 0;
while (made < Number(configs)) {
  const site = [...new Set(some(8, () => `/${some(2, () => pick(words)).concat(pick(words)).join('/')}${pick(files)}`))];
  const { config, sources } = configuration(site);
  let theirs;
  try { theirs = getTransformedRoutes(structuredClone(config)); } catch { continue; }
  if (theirs.error || JSON.stringify(theirs.routes ?? []).includes('ESC_COLON')) continue;
  made++;
  await tell('F', site);
  const refused = await tell('C', config);
  if (refused.length > 0) refusals.push(JSON.stringify({ config, refused }));
  for (let i = 0; i < Number(requests) && refused.length === 0; i++) {
    const r = request(sources, site.length > 0 ? site : ['/']);
    const c = await compare(config, site, r);
    asked++;
    const kind = 'location' in c.theirs ? 'redirects' : 'proxy' in c.theirs ? 'proxies' :
      c.theirs.file !== null ? 'files' : Object.keys(c.theirs.headers).length > 0 ? 'headers alone' : 'nothing';
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    if (!c.same) differences.push(JSON.stringify({ config, site, r, theirs: c.theirs, ours: c.ours }));
  }
}
console.log(`# ${made} configurations, ${asked} requests: ${Object.entries(kinds).map(([k, v]) => `${v} ${k}`).join(', ')}`);
ok(refusals.length === 0, 'what is a configuration there is one here', [`${refusals.length}`, ...refusals.slice(0, 3)]);
ok(differences.length === 0, `${asked} requests are answered as there`,
  [`${differences.length} are not`, ...differences.slice(0, 3)]);
ok(asked >= 2000, 'there are 2000 at least');

// ---- what is meant to differ, and how

const differs = [
  ['slashes: what is captured makes no other host',
    { cleanUrls: true, trailingSlash: true }, [], { path: '/index.html' }, '//', '/'],
  ['a page has a name', { cleanUrls: true }, ['/.html'], { path: '/.html' }, '/', '/.html'],
  ['a rewrite of everything leaves .well-known alone',
    { rewrites: [{ source: '/(.*)', destination: '/index.html' }] }, ['/index.html'],
    { path: '/.well-known/security.txt' }, '/index.html', null],
  ['and so does a redirect',
    { redirects: [{ source: '/:path*', destination: 'https://e.test/:path*' }] }, ['/.well-known/x'],
    { path: '/.well-known/x' }, 'https://e.test/.well-known/x', '/.well-known/x'],
  ['but one that names it is obeyed, whatever trailingSlash says',
    { trailingSlash: true, redirects: [{ source: '/.well-known/carddav', destination: '/dav' }] }, [],
    { path: '/.well-known/carddav' }, null, '/dav'],
  ['a name with a dash is that name',
    { rewrites: [{ source: '/a', has: [{ type: 'query', key: 'x-y' }], destination: 'https://e.test/' }] }, [],
    { path: '/a', query: 'x-y=1' }, 'https://e.test/?x-y=-y', 'https://e.test/?x-y=1'],
  ['of two spellings of a header the last counts',
    { headers: [{ source: '/a', headers: ['X-A', 'x-a', 'X-A'].map((key, i) => ({ key, value: `${i}` })) }] }, [],
    { path: '/a' }, '1', '2'],
  ['what nobody captures is text', { redirects: [{ source: '/a', destination: '/$5/$x' }] }, [],
    { path: '/a' }, '//', '/$5/$x'],
  ['a fragment is not for other servers',
    { rewrites: [{ source: '/a', destination: 'https://e.test/#x' }] }, [],
    { path: '/a' }, 'https://e.test/#x', 'https://e.test/'],
  ['a path is matched as it is read', { redirects: [{ source: '/a%20b', destination: '/c' }] }, [],
    { path: '/a b' }, null, '/c'],
];
const hosted = { redirects: [{ source: '/:p*', has: [{ type: 'host', value: 'e.test' }], destination: 'https://www.e.test/:p*' }] };
const homes = { redirects: [{ source: '/a', has: [{ type: 'query', key: 'page', value: 'home' }], destination: '/' }] };
const searched = [
  ['a host is all of a value, so that nothing is sent to itself', hosted, [],
    { path: '/x', host: 'www.e.test' }, 'https://www.e.test/x', null],
  ['a value is more than found in a query', homes, [], { path: '/a', query: 'page=homes' }, '/', null],
];
const gist = (a) => a.location ?? a.proxy ?? a.file ?? Object.values(a.headers)[0] ?? null;
for (const [why, config, site, r, theirGist, ourGist] of differs.concat(searched)) {
  searching = searched.some((d) => d[0] === why);
  await tell('F', site);
  await tell('C', config);
  const c = await compare(config, site, { query: '', host: 'here.test', headers: {}, ...r });
  const got = [gist(c.theirs), gist(c.ours)];
  ok(got[0] === theirGist && got[1] === ourGist, `different: ${why}`, [JSON.stringify(got)]);
}
searching = false;

// Taken there (or not), and the other way round here.
const redirect = (source, more) => ({ redirects: [{ source, destination: '/b', ...more }] });
const answer = [
  ['a source is not itself a regular expression', true, redirect('/a[')],
  ['a destination is a path or a URL', false, redirect('/a', { destination: 'b' })],
  ['with a scheme', false, redirect('/a', { destination: '//e.test/' })],
  ['that leads to a page', false, redirect('/a', { destination: 'mailto:a@e.test' })],
  ['it has no backslash', false, redirect('/a', { destination: '/\\e.test' })],
  ['it names nothing that nobody captures, whatever else it says', false, redirect('/a', { destination: '/b*/:c' })],
  ['a source is a path', false, redirect('a')],
  ['a group of a pattern has no name', false, redirect('/:x(a(?<y>b))')],
  ['what a rewrite is fetched from is fixed', false,
    { rewrites: [{ source: '/:x', destination: 'https://:x.e.test/' }] }],
  ['headers have fixed names', false, { headers: [{ source: '/:x', headers: [{ key: 'X-:x', value: '1' }] }] }],
  ['and not those of the server', false, { headers: [{ source: '/a', headers: [{ key: 'Server', value: '1' }] }] }],
  ['a status is one of a redirect', false, redirect('/a', { statusCode: 200 })],
  ['variables are not put in', false, redirect('/a', { env: ['A'] })],
  ['what reads differently is not guessed at', false,
    { redirects: [{ source: '/a', has: [{ type: 'query', key: 'q', value: '\\Aa' }], destination: '/b' }] }],
];
for (const [why, here, config] of answer) {
  const refused = await tell('C', config);
  let there = true;
  try { there = !getTransformedRoutes(structuredClone(config)).error; } catch { there = false; }
  ok(there === !here && (refused.length === 0) === here, `different: ${why}`,
    [`there ${there}`, JSON.stringify(refused)]);
}

// What both refuse.
for (const config of [redirect('/a*'), redirect('/:'), redirect('/a('), redirect('/a()'), redirect('/a(b'),
  redirect('/a((b))'), redirect('/a(?:b)'), redirect('/a{b'), redirect('/a?'), redirect('/:x**'),
  redirect('/:x([)'), redirect('/a', { destination: '/:x' }), redirect('/:x', { destination: '/b?q=:y' }),
  redirect('/a', { permanent: true, statusCode: 301 })]) {
  const refused = await tell('C', config);
  let there = true;
  try { there = !getTransformedRoutes(structuredClone(config)).error; } catch { there = false; }
  ok(!there && refused.length === 1, `${JSON.stringify(config)} is refused: ${refused[0]?.why}`, [`there ${there}`]);
}
child.stdin.end();
console.log(`1..${n}`);
process.exit(bad > 0 ? 1 : 0);

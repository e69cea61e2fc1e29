// Redirects as Netlify's own parser and matcher understand them, on rules and
// requests made for this.
//
//	node redirects.mjs TOOL [SEED [CASES]]
//
// Each difference must be one of those below, which are meant.
import { writeFileSync } from 'node:fs';
import redirector from 'netlify-redirector';
import { parseAllRedirects } from 'netlify-redirect-parser';
import { cases, chance, end, note, ok, one, random, report, say, unexplained } from './kit.mjs';

// ---- rules and requests ------------------------------------------------------

const words = ['a', 'b', 'c', 'ab', 'blog', 'A', 'x.html', 'é', 'a-b', 'index', '2024', 'end'];
const names = ['x', 'y', 'slug', 'year', 'id', 'x_1', 'file.html', 'xy'];
const keys = ['id', 'q', 'ref'];
const values = ['1', '7', 'a', 'a%20b', 'a+b', 'a%2Fb', '%C3%A9', 'x%3Dy', ''];

const part = () => {
	const r = random(100);
	if (r < 60) return one(words);
	if (r < 82) return ':' + one(names);
	if (r < 94) return '*';
	return one(words) + '*' + (chance(20) ? one(words) : '');
};
const path = (n) => '/' + Array.from({ length: n }, part).join('/') + (chance(15) ? '/' : '');
const makeFrom = () => {
	let p = path(random(5)).replace(/\/+/g, '/');
	if (chance(35)) p = p.replace(/\/?$/, '/*');
	if (chance(8)) p = one(['http', 'https']) + '://' + one(['h.example', 'i.example', 'H.example']) + p;
	if (chance(2)) p = one(['*', 'a', '/.netlify/x', '/a%20b', '/a?x=1', '/a#b', '/%C3%A9', '/a//b']);
	return p;
};
const makeTo = (from, query) => {
	const known = [...from.matchAll(/:([^/]+)/g)].map((m) => m[1]).concat(query.map((q) => q.split('=')[1]).filter((v) => v?.startsWith(':')).map((v) => v.slice(1)));
	if (from.includes('*')) known.push('splat', 'splat');
	const piece = () => {
		if (known.length && chance(50)) return ':' + one(known);
		return chance(10) ? one(words) + ':' + one(known.length ? known : names) : one(words.concat(['a%20b', 'é']));
	};
	let t = '/' + Array.from({ length: random(4) }, piece).join('/') + (chance(15) ? '/' : '');
	if (chance(12)) t += '?' + one(keys) + '=' + piece();
	if (chance(4)) t += '#' + one(words);
	if (chance(12)) t = 'https://other.example' + t;
	return t;
};
const makeRule = () => {
	const from = makeFrom();
	const query = chance(18) ? Array.from({ length: 1 + random(2) }, () => one(keys) + '=' + (chance(60) ? ':' + one(names) : one(['1', '7', '']))) : [];
	if (chance(3)) query.push(one(keys));
	let line = [from, ...query];
	if (!(chance(4) && from.endsWith('/*'))) line.push(makeTo(from, query));
	if (chance(70)) line.push(one(['200', '301', '302', '404', '410', '307', '308', '303', '200!', '301!', '302!', '404!']));
	else if (line.length === 1) line.push('200');
	if (/^\d/.test(line.at(-1)) && chance(15))
		line.push(...Array.from({ length: 1 + random(2) }, () => one(['Country=us,de', 'Country=US', 'Language=en', 'Language=de,fr', 'Cookie=c', 'Cookie=c,d', 'country=fr', 'Role=admin', 'Foo=1', 'Country'])));
	if (chance(6)) line.push('# why');
	if (chance(2)) line = one([['/a'], ['#'], [from, 'b'], [from, '/b', 'abc'], [from, '/b', '418'], [from, '/b', '301abc'], [from, '/b', '/c', '302'], [from, '302'], [from, '/b', '302', 'Sign=X']]);
	return line.join(chance(90) ? ' ' : '\t ');
};
// What a URL says, however it is escaped.
const plain = (s) => s.replace(/(%[0-9a-f]{2})+/gi, (m) => {
	try { return decodeURIComponent(m); } catch { return m; }
});
// A path that may fit: stars and names filled in, or something else.
const makePath = (from) => {
	if (chance(15)) return path(random(5)).replace(/[:*]/g, '').replace(/\/+/g, '/');
	let p = from.replace(/^https?:\/\/[^/]*/, '').replace(/^(?!\/)/, '/');
	p = p.replace(/:[^/]+/g, () => one(words.concat(['a b', 'x+y', 'a&b', '100%', 'q?', 'h#'])))
		.replace(/\*/g, () => Array.from({ length: random(4) }, () => one(words.concat(['a b']))).join('/'));
	if (chance(12)) p = p + '/';
	if (chance(8)) p = p + '/' + one(words);
	if (chance(5)) p = p.replace(/a/, 'A');
	// As a server sees it: decoded, and without empty parts.
	return plain(p).replace(/\/+/g, '/');
};
const makeQuery = () => chance(55) ? '' : Array.from({ length: 1 + random(3) }, () => one(keys) + (chance(90) ? '=' + one(values) : '')).join('&');

// ---- theirs --------------------------------------------------------------------

// edits: what is done to the paths that rules are from, once they are read.
const matcherOf = async (text, edits = []) => {
	writeFileSync('_redirects', text);
	const { redirects } = await parseAllRedirects({ redirectsFiles: ['_redirects'], configRedirects: [] });
	const list = redirects.map(({ conditions, from, query, signed, path, ...r }) => {
		const [origin, at] = [from, path].map((p) => edits.reduce((was, edit) => edit(was), p));
		return { ...r, path: at, origin, params: query, conditions, sign: signed };
	});
	return redirector.parseJSON(JSON.stringify(list), {});
};
const theirs = (m, q) => {
	const cookies = Object.fromEntries(q.cookie.split('; ').filter(Boolean).map((c) => c.split('=')));
	const headers = { 'x-country': q.country, 'x-language': q.language };
	const r = m.match({ scheme: q.scheme, host: q.host, path: q.path, query: q.query, headers, cookieValues: cookies,
		getHeader: (n) => headers[n.toLowerCase()] || '', getCookie: (n) => cookies[n] || '' });
	return r ? { to: r.to, status: r.status, force: !!r.force } : null;
};

// ---- ours ----------------------------------------------------------------------

const ours = async (q) => {
	const a = (await say('ask', q.path, q.query, q.host, q.scheme, q.country, q.language, q.cookie)).split('\t');
	if (a.length < 4) return { none: a[0] };
	return { action: a[0], status: Number(a[1]), to: a[2], line: Number(a[3].split(':')[1]) };
};

// ---- what is meant to differ -----------------------------------------------------

// Lines that Netlify takes and we refuse, or that mean something else: by the
// reason we give, or by the line itself.
const refusals = [
	['no roles', /no roles here/, 'there are no roles, so a rule for one never fits; Netlify answers with its own'],
	['unknown condition', /is no condition/, 'Netlify ignores a condition without "=", and never matches an unknown one'],
	['query in from', /a query stands after/, 'never matches there; for a full URL the query is dropped'],
	['fragment in from', /no browser sends/, 'never matches there'],
	['matcher without =', /is no query matcher/, 'Netlify ignores it, so the rule fits without the query'],
	['status', /a status of \d+ is not to be had/, 'Netlify takes any number'],
	['status text', /stands where its status should/, 'Netlify takes the digits a word begins with'],
	['page elsewhere', /must be of this site/, 'a 404 page at another host'],
	['forward', /does not say where it leads/, 'a forward rule from a URL would ask itself'],
	['itself', /lead to itself/, 'would never end'],
	['functions', /no functions here/, 'there are none'],
	['signed', /not signed here/, 'there is no such thing here'],
	['host by request', /may not depend on the request/, 'a proxy must not be led anywhere'],
	['captures nothing', /nothing is captured/, 'cannot be'],
	['no path', /must lead to a path/, 'a rewrite to "//host"'],
	['pairs', /more than 16/, 'a limit'],
];
const sortOf = (why) => refusals.find((r) => r[1].test(why))?.[0];

// Ours carries the request's query along, where the rule has none of its own.
// What of theirs is a fragment is known from the rule, since it escapes nothing.
const destination = (line) => line.split(/\s+/).slice(1).find((w) => /^(\/|https?:)/.test(w)) ?? '';
const withQuery = (to, query, line) => {
	const d = destination(line);
	if (!query || d.includes('?')) return to;
	const fragment = d.includes('#') ? to.slice(to.lastIndexOf('#')) : '';
	return `${to.slice(0, to.length - fragment.length)}?${query}${fragment}`;
};
const fromOf = (line) => line.split(/\s/)[0];

// Names one of which begins another: we take the longer, Netlify whichever it
// has first.  Here each has one that begins none.
const namesOf = (line) => [...line.matchAll(/:([^\s/?#&=]+)/g)].map((m) => m[1]);
const renamed = (line) => {
	const found = [...new Set(namesOf(fromOf(line)).concat(line.split(/\s+/).slice(1).filter((w) => /^\w+=:/.test(w)).flatMap(namesOf)))];
	const all = found.concat(line.includes('*') ? ['splat'] : []);
	if (!all.some((a) => all.some((b) => a !== b && b.startsWith(a))) && !all.some((a) => namesOf(destination(line)).some((b) => a !== b && b.startsWith(a)))) return line;
	const longest = [...found, 'splat'].sort((a, b) => b.length - a.length).map((n) => n.replace(/\W/g, '\\$&')).join('|');
	return line.split(/(\s+)/).map((w) => w.startsWith('#') ? w : w.replace(/https?:\/\/|:[^\s/?#&=:]+/g, (all) => {
		const m = new RegExp(`^:(${longest})`).exec(all);
		return m === null || m[1] === 'splat' ? all : `:zq${found.indexOf(m[1])}z${all.slice(m[0].length)}`;
	})).join('');
};

// Netlify sends nothing on that begins as where the rule leads, letter by
// letter, even if that is no rewrite of the same rule, or a page.  Here it
// leads elsewhere.
const AWAY = '/zqaway';
const moved = (line, path) => {
	const to = destination(line), host = /^(https?:\/\/[^/]*)?/.exec(to)[0], begin = to.slice(host.length).replace(/\/?:splat.*/, '').replace(/[?#].*/, '');
	if (!fromOf(line).includes('*') || line.split(/\s+/).some((w) => /^200/.test(w)) || to === '' || !path.startsWith(begin)) return line;
	const at = line.indexOf(to, fromOf(line).length);
	return line.slice(0, at) + host + AWAY + line.slice(at + host.length);
};

const itself = (to, q) => to.replace(/[?#].*/, '').replace(/^\/+/, '/').replace(/(.)\/+$/, '$1') === q.path.replace(/(.)\/$/, '$1');

// Are they alike, but for what is said of destinations everywhere?
const alike = (t, o, q, line) => {
	if (t === null) return o.none === 'not_found' || o.action === 'stay';
	// A form's "+" is a space, which Netlify leaves in a path.
	const [a, b] = [o.to ?? '', withQuery(t.to, q.query, line).replace(AWAY, '')].map((s) => plain(s).replace(/\+/g, ' '));
	if (o.status !== t.status || o.action === 'stay') return false;
	return a === b || (!destination(line).startsWith('//') && a === b.replace(/^\/+/, '/') && 'an empty capture does not make a host of a path');
};

// How rules or requests read there what they mean here.  Whatever differs must
// be alike once they do; each is pinned in tests/rules/netlify-t.c.
const readings = [
	['two stars in a row are as one', { from: (p) => p.replace(/\*(\/\*)+/g, '*') }],
	['escapes in "from" are undone', { from: plain, where: /%|^https?:.*[^\x20-\x7e]/ }],
	['a key without "=" counts as there', { query: (s) => s.split('&').map((p) => p && !p.includes('=') ? p + '=' : p).join('&') }],
	['of names that begin alike the longest is meant', { rule: renamed }],
	['what only begins like a destination is sent on', { rule: (l, q) => moved(l, q.path) }],
];
const applies = (how, kept, q) => how.query ? how.query(q.query) !== q.query :
	kept.some((l) => l && (how.where ? how.where.test(fromOf(l)) : how.rule ? how.rule(l, q) !== l : how.from(fromOf(l)) !== fromOf(l)));
// Which line of theirs it is that answers.
const answering = async (kept, edits, q, t) => {
	for (let i = 0; i < kept.length; i++) {
		if (kept[i] === '') continue;
		const alone = theirs(await matcherOf(kept.map((l, k) => k === i ? l : '').join('\n'), edits), q);
		if (JSON.stringify(alone) === JSON.stringify(t)) return i;
	}
	return -1;
};
// Names of what explains that they differ, or nothing.
const why = async (o, q, given, line) => {
	const used = new Set();
	let kept = given, asked = q;
	const edits = [];
	for (let round = 0; round < 8; round++) {
		const m = await matcherOf(kept.join('\n'), edits), t = theirs(m, asked);
		const same = alike(t, o, q, line);
		if (same) return used.add(same).delete(true), [...used];
		if (t && t.status >= 300 && t.status < 400 && itself(t.to, q)) {
			const i = await answering(kept, edits, asked, t);
			if (i === -1) return null;
			if (o.action === 'stay' && o.line === i + 1) return [...used, 'what leads to itself is left to files'];
			used.add('what leads to itself is passed over');
			kept = kept.map((l, k) => k === i ? '' : l);
			continue;
		}
		if (t && o.action === 'stay') {
			const again = theirs(m, { ...asked, path: t.to.replace(/^https?:\/\/[^/]*|[?#].*/g, '').replace(/\/+/g, '/') });
			return again && again.status === t.status ? [...used, 'what would be sent on and on is not'] : null;
		}
		const next = readings.find(([name, how]) => !used.has(name) && applies(how, kept, asked));
		if (!next) {
			// Both take the same rule, and the destination fits each.
			const names = t && o.status === t.status && /\*.*\*.*:/.test(fromOf(line));
			const fits = new RegExp('^' + plain(destination(line)).split(/:[^\s/?#&=:]+/).map((s) => s.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*') + '(\\?.*)?$');
			return names && fits.test(plain(t.to)) && fits.test(plain(o.to)) ? [...used, 'between two later stars a name may be another part'] : null;
		}
		used.add(next[0]);
		const { from, rule, query } = next[1];
		if (from) edits.push(from);
		else if (rule) kept = kept.map((l) => l && rule(l, q));
		else asked = { ...asked, query: query(asked.query) };
	}
	return null;
};

let asked = 0, same = 0;
for (let n = 0; n < cases; ) {
	const lines = Array.from({ length: 1 + random(4) }, makeRule);
	const text = lines.join('\n');
	writeFileSync('ours', text);
	const refused = JSON.parse((await say('rules', process.cwd() + '/ours', '', '')).split('\t')[1]);
	// What we refuse is taken from theirs; what they refuse, we must.
	const kept = lines.map((l, i) => refused.some((r) => r.line === i + 1) ? '' : l);
	let all, m;
	writeFileSync('_redirects', text);
	const { errors } = await parseAllRedirects({ redirectsFiles: ['_redirects'], configRedirects: [] });
	try { m = await matcherOf(kept.join('\n')); } catch (e) { note(`theirs fails: ${e.message ?? e}`); continue; }
	for (const r of refused) {
		const bad = errors.length > 0 && (await parseAllRedirects({ redirectsFiles: [(writeFileSync('line', lines[r.line - 1]), 'line')], configRedirects: [] })).errors.length > 0;
		const sort = sortOf(r.why);
		if (bad) note('both refuse a line');
		else if (sort) note(`refused: ${sort}`);
		else unexplained.push(`refused: ${lines[r.line - 1]}: ${r.why}`);
	}
	const keptErrors = (await parseAllRedirects({ redirectsFiles: ['_redirects'], configRedirects: [] })).errors;
	for (const e of keptErrors) unexplained.push(`not refused: ${e.message.split('\n').slice(1).join(' ')}`);
	for (let k = 0; k < 4; k++, n++) {
		const from = one(lines).split(/\s/)[0];
		const q = { path: makePath(from), query: makeQuery(), host: one(['h.example', 'h.example', 'i.example']), scheme: one(['http', 'https']),
			country: one(['', 'us', 'US', 'fr']), language: one(['', 'en', 'de', 'fr']), cookie: one(['', 'c=1', 'd=2', 'c=; d=1', 'e=1']) };
		asked++;
		const t = theirs(m, q), o = await ours(q);
		const say = `${JSON.stringify(kept)} ${JSON.stringify(q)}: theirs ${JSON.stringify(t)}, ours ${JSON.stringify(o)}`;
		const line = kept[o.line - 1] ?? '';
		if (alike(t, o, q, line) === true) { same++; continue; }
		const known = await why(o, q, kept, line);
		if (known) known.forEach(note);
		else unexplained.push(say);
	}
}

// A rule, a path, theirs, ours: what is meant to differ whatever is random.
const pinned = [
	['/* /index.html 200', '/.well-known/security.txt', '200 /index.html', '404 ', 'a page for everything leaves /.well-known/ alone'],
	['/.well-known/* /x.html 200', '/.well-known/y', '200 /x.html', '200 /x.html', 'but one that names it is obeyed'],
	['/* /index.html 200!', '/.well-known/y', '200 /index.html', '200 /index.html', 'and one that is forced'],
	['/spl*at /b', '/splat', 'none', 'none', 'a star within a part is a star'],
	['/spl*at /b', '/spl*at', '301 /b', '301 /b', 'as it is there'],
	['/a /b/:zip', '/a', '301 /b/:zip', '301 /b/:zip', 'a name that is not captured stays'],
	['/* https://good.example:splat', '/.evil.example', '301 https://good.example.evil.example', '301 https://good.example.evil.example', 'a host may be left open'],
];
report(asked, same, 'requests');
for (const [rule, path, there, here, what] of pinned) {
	writeFileSync('ours', rule);
	await say('rules', process.cwd() + '/ours', '', '');
	const q = { path, query: '', host: 'h.example', scheme: 'https', country: '', language: '', cookie: '' };
	const gist = (r) => r && !r.none ? `${r.status} ${r.to}` : 'none';
	const got = [gist(theirs(await matcherOf(rule), q)), gist(await ours(q))];
	ok(got[0] === there && got[1] === here, `${there === here ? 'alike' : 'different'}: ${what}: ${got.join(', ')}`);
}
end();

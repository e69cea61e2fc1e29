// Headers as Netlify's own parser understands them, on _headers, netlify.toml
// and paths made for this.
//
//	node headers.mjs TOOL [SEED [CASES]]
//
// Each difference must be one of those below, which are meant.
import { writeFileSync } from 'node:fs';
import { parseAllHeaders } from '@netlify/headers-parser';
import { cases, chance, end, many, note, ok, one, random, report, say, unexplained } from './kit.mjs';

const words = ['a', 'b', 'blog', 'A', 'ab', 'x.html', 'site.css', 'a-b', 'é', '2024', 'app.js'];
const part = () => one([() => one(words), () => one(words), () => one(words), () => ':' + one(words), () => '*', () => one(words) + '*', () => '*' + one(words), () => one(words) + '*' + one(words), () => '*.' + one(['js', 'css', 'html'])])();
const makeFor = () => '/' + many(random(4), part).join('/') + (chance(12) ? '/' : '') + (chance(30) ? '/*' : '');
const names = ['X-A', 'X-B', 'x-a', 'Cache-Control', 'Link', 'X-Frame-Options', 'Set-Cookie', 'X_C'];
const bad = ['Location', 'content-length', 'Transfer-Encoding', 'Date', 'X-Accel-Redirect', 'Server'];
const value = () => one(['1', 'a, b', 'a ,b', 'a,b', ' x ', 'public, max-age=0', "default-src 'self'; x y", 'https://h.example/x:1', 'a;b=c', '"q"', ':', '#x', '<a>; rel=b']);
const makeLine = () => {
	const r = random(100);
	if (r < 74) return `${chance(80) ? '  ' : ''}${one(names)}:${chance(90) ? ' ' : ''}${value()}`;
	if (r < 79) return `  ${one(bad)}: x`;
	if (r < 84) return `# ${value()}`;
	if (r < 86) return '';
	if (r < 88) return '  no colon here';
	if (r < 90) return '  : x';
	if (r < 92) return '  X-A:';
	if (r < 93) return '  bad name: x';
	if (r < 94) return '  Set-Cookie: a=b; Domain=example.org';
	return `\t${one(names)} :\t${value()}\r`;
};
const makeFile = () => {
	const lines = chance(10) ? [makeLine()] : [];
	for (let i = random(5); i > 0; i--) lines.push(makeFor() + (chance(10) ? '  ' : ''), ...many(1 + random(3), makeLine));
	return lines.join('\n') + '\n';
};
const makeToml = () => many(random(4), () => {
	const values = Object.fromEntries(many(1 + random(3), () => [one(names.concat(chance(10) ? bad : [])), chance(80) ? value() : many(1 + random(2), value)]));
	return `[[headers]]\nfor = ${JSON.stringify(makeFor())}\n[headers.values]\n` + Object.entries(values).map(([k, v]) => `${JSON.stringify(k)} = ${JSON.stringify(v)}\n`).join('');
}).join('\n');
const makePath = (from) => {
	let p = from.trim().replace(/:[^/]+/g, () => one(words.concat(['a b']))).replace(/\*/g, () => one(['', 'x', 'a/b', 'q/', 'app']));
	if (chance(15)) p = '/' + many(random(4), () => one(words)).join('/');
	if (chance(10)) p += '/';
	if (chance(10)) p = p.toUpperCase();
	return ('/' + p).replace(/\/+/g, '/');
};

// What they say of a path: of the same name in any case the last wins.
const refusedName = /^(accept-ranges|age|allow|alt-svc|connection|content-(encoding|length|range)|date|location|server|trailer|transfer-encoding|upgrade|x-accel-.*)$/i;
const theirs = (headers, path, regexOf) => {
	const out = {};
	for (const h of headers) {
		if (!regexOf(h).test(path)) continue;
		// One name in other letters is the same name, and has both values.
		const both = {};
		for (const [k, v] of Object.entries(h.values)) both[k.toLowerCase()] = both[k.toLowerCase()] === undefined ? v : `${both[k.toLowerCase()]}, ${v}`;
		for (const [k, v] of Object.entries(both)) {
			if (refusedName.test(k) || !/^[\w!#$%&'*+.^`|~-]+$/.test(k)) continue;
			if (k === 'set-cookie') continue; // each is one of its own: tests/rules
			delete out[k.toLowerCase()];
			out[k.toLowerCase()] = v;
		}
	}
	return JSON.stringify(Object.entries(out).sort());
};
// In a part with a star Netlify takes all else for a regular expression.
const plainStar = (h) => new RegExp('^/' + h.for.split('/').map((p) => p.trimEnd()).filter(Boolean).map((p) =>
	p.startsWith(':') ? '([^/]+)' : p === '*' ? '?(.*)' : p.split('*').map((s) => s.replace(/[\\^$.*+?()[\]{}|\-]/g, (c) => '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0'))).join('(.*)')).join('/') + '/?$', 'iu');

let asked = 0, same = 0;
const dir = process.cwd();
while (asked < cases) {
	const file = makeFile(), toml = makeToml();
	writeFileSync('_headers', file);
	writeFileSync('netlify.toml', toml);
	const { headers, errors } = await parseAllHeaders({ headersFiles: ['_headers'], netlifyConfigPath: 'netlify.toml', configHeaders: [], minimal: false });
	const refused = JSON.parse((await say('rules', '', dir + '/_headers', dir + '/netlify.toml')).split('\t')[1]);
	for (const r of refused) {
		if (/nobody may set|Domain|no name of a header/.test(r.why)) note('refused: nobody may set it');
		else if (/neither a path/.test(r.why)) note('refused: no header; Netlify says nothing');
		else if (!/no name before|no value after|no path before/.test(r.why)) unexplained.push(`refused: ${r.file}:${r.line}: ${r.why}`);
	}
	const silent = refused.filter((r) => r.file === '_headers' && /no name before|no value after|no path before/.test(r.why)).length;
	if (silent < errors.length) unexplained.push(`not refused: ${errors.length - silent} of ${errors.map((e) => e.message)}`);
	const froms = [...file.matchAll(/^\/.*/gm)].map((x) => x[0]).concat([...toml.matchAll(/^for = "(.*)"/gm)].map((x) => x[1]), '/a');
	for (let k = 0; k < 4; k++) {
		const path = makePath(one(froms));
		asked++;
		const o = JSON.parse(await say('headers', path));
		const mine = JSON.stringify(Object.entries(o).map(([k, v]) => [k.toLowerCase(), v]).filter(([k]) => k !== 'set-cookie').sort());
		if (mine === theirs(headers, path, (h) => h.forRegExp)) { same++; continue; }
		// They keep "X-A" and "x-a" apart, so that the order of values is another.
		const loose = (text) => JSON.stringify(JSON.parse(text).map(([k, v]) => [k, v.split(', ').sort()]));
		if (/x-a/.test(mine) && [(h) => h.forRegExp, plainStar].some((f) => loose(mine) === loose(theirs(headers, path, f)))) note('one name in other letters is the same name');
		else if (mine === theirs(headers, path, plainStar)) note('beside a star "." is a dot, and no more');
		else if (path !== path.toLowerCase() && /[^\x00-\x7f]/.test(path)) note('beyond ASCII the case of letters counts');
		else unexplained.push(`${JSON.stringify(file + toml)} ${path}: theirs ${theirs(headers, path, (h) => h.forRegExp)}, ours ${mine}`);
	}
}

// What is no path ends the one above it; there the lines below join that one, so
// that a password comes to be asked for at the wrong place.
const astray = [];
for (const bad of ['admin/*', 'https://h.example/admin/*', 'admin/:x']) {
	const file = `/p\n  X-A: 1\n${bad}\n  X-B: 2\n`;
	writeFileSync('_headers', file);
	const { headers } = await parseAllHeaders({ headersFiles: ['_headers'], netlifyConfigPath: undefined, configHeaders: [], minimal: false });
	await say('rules', '', dir + '/_headers', '');
	astray.push([bad, theirs(headers, '/p', (h) => h.forRegExp), await say('headers', '/p')]);
}
report(asked, same, 'paths');
for (const [bad, there, here] of astray)
	ok(/x-b/.test(there) && /X-A/.test(here) && !/X-B/.test(here), `different: "${bad}" ends the path above it: there ${there}, here ${here}`);
end();

// What the oracles of Netlify's files share: chance, the tool that answers for
// Slipway, what differs and is known, and the report.
//
//	node NAME.mjs TOOL [SEED [CASES]]
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [tool, seedText, casesText] = process.argv.slice(2);
export const seed = Number(seedText || 1);
export const cases = Number(casesText || 3000);

let state = seed + 1;
export const random = (n) => {
	state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
	return Math.floor((state / 4294967296) * n);
};
export const one = (list) => list[random(list.length)];
export const chance = (percent) => random(100) < percent;
export const many = (n, f) => Array.from({ length: n }, f);

// A line to the tool, and the line that it answers.
const child = spawn(tool, [], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
export const say = async (...words) => {
	child.stdin.write(words.join('\t') + '\n');
	const { value, done } = await answers.next();
	if (done) throw new Error(`it died of ${JSON.stringify(words)}`);
	return value;
};

// What differs, and is known; and what is not.
const tally = new Map();
export const note = (what) => tally.set(what, (tally.get(what) ?? 0) + 1);
export const unexplained = [];

let n = 0, bad = 0;
export const ok = (good, what) => {
	console.log(`${good ? 'ok' : 'not ok'} ${++n} - ${what}`);
	bad += !good;
};
export const report = (asked, same, what) => {
	console.log(`# seed ${seed}`);
	ok(asked >= 2000, `${asked} ${what}, ${same} of them answered alike (${(100 * same / asked).toFixed(2)} %)`);
	ok(unexplained.length === 0, 'what differs is known');
	for (const u of unexplained.slice(0, 25)) console.log(`# ${u}`);
	if (unexplained.length > 25) console.log(`# ${unexplained.length - 25} more`);
	for (const [known, times] of tally) console.log(`# ${times} x ${known}`);
};
export const end = () => {
	child.stdin.end();
	console.log(`1..${n}`);
	process.exit(bad ? 1 : 0);
};

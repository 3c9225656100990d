// What a browser loads before it has anything of ours, as it comes over the line: the built site in target/site, compressed by
// brotli, and a page in its place. Fails when a budget of docs/PERFORMANCE.md does not hold.
//   node tools/size.mjs

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const pkg = 'target/site/pkg';
/** In bytes: 150 KB of WebAssembly, and 230 KB for a first load, of which the page itself and its headers have 30. */
const budgets = { wasm: 150_000, all: 200_000 };

const names = (await readdir(pkg)).filter((name) => /\.(css|js|wasm)\.br$/.test(name));
const sizes = await Promise.all(names.map(async (name) => [name.slice(0, -3), (await readFile(join(pkg, name))).length]));
for (const [name, size] of sizes) console.log(`${name.padEnd(24)} ${String(size).padStart(9)} bytes`);
const wasm = sizes.find(([name]) => name.endsWith('.wasm'))?.[1] ?? Infinity;
const all = sizes.reduce((sum, [, size]) => sum + size, 0);
console.log(`${'all'.padEnd(24)} ${String(all).padStart(9)} bytes`);
const kinds = new Set(names.map((name) => name.split('.').at(-2)));
if (kinds.size !== 3) throw new Error(`compressed files are missing in ${pkg}: build with --release --precompress`);
const over = [['WebAssembly', wasm, budgets.wasm], ['style sheet, script and WebAssembly', all, budgets.all]].filter(([, size, budget]) => size > budget);
for (const [what, size, budget] of over) console.error(`${what}: ${size} bytes, budget ${budget}`);
process.exit(over.length ? 1 : 0);

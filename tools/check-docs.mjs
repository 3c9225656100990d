// What the documentation names must be there: files and folders, `file::symbol`, the symbols in brackets behind a `file`, paths
// through our crates, targets of make, links.
//   node tools/check-docs.mjs [document…]
// Prints file:line of each miss. Read are the code spans and code blocks, and the targets of links.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const git = (...call) => execFileSync('git', call, { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\0').filter(Boolean);
const files = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').filter((file) => existsSync(file));
const there = new Set(files);
for (const file of files) for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) there.add(folder);
const tops = new Set(files.map((file) => file.split('/')[0]));
const crates = files.filter((file) => /^[^/]+\/Cargo\.toml$/.test(file)).map(dirname);
const targets = new Set(readFileSync('Makefile', 'utf8').match(/^[a-z][\w-]*(?=:)/gm));

const EXTENSION = /\.(rs|md|sh|mjs|ts|toml|scss|css|sql|py|ya?ml|json|txt|lock)$/;
// Files that are named and are not ours to have.
const ELSEWHERE = new Set(['portal.toml', 'openapi.json']);

const texts = new Map();
const text = (file) => texts.get(file) ?? texts.set(file, readFileSync(file, 'utf8')).get(file);

/** `a/{b,c}` becomes `a/b` and `a/c`; spaces after the commas do not matter. */
function expand(pattern) {
  const braces = /\{([^{}]*)\}/.exec(pattern);
  if (!braces) return [pattern];
  const [before, after] = [pattern.slice(0, braces.index), pattern.slice(braces.index + braces[0].length)];
  return braces[1].split(',').flatMap((part) => expand(before + part.trim() + after));
}

/** `*` and `<feature>` stand for any name. */
function found(path, document) {
  const wanted = path.replace(/\/$/, '');
  const places = [wanted, normalize(join(dirname(document), wanted))];
  if (/[*<]/.test(wanted)) {
    const like = new RegExp(`^${wanted.replace(/[.+^$()|[\]\\]/g, '\\$&').replace(/\*+|<[^>]*>/g, '[^/]+')}$`);
    return [...there].filter((one) => like.test(one));
  }
  const exact = places.filter((place) => there.has(place));
  return exact.length || wanted.includes('/') ? exact : files.filter((file) => basename(file) === wanted);
}

/** What git ignores is made by building or by running. */
function isMade(path) {
  try {
    git('check-ignore', '--no-index', path, `${path.replace(/\/$/, '')}/x`);
    return true;
  } catch {
    return false;
  }
}

const WORDS = 'fn|struct|enum|union|const|static|mod|trait|type|macro_rules!|function|class|let|def';

/** Whether the file defines a name: as one of the above, by a macro, as a function of the shell, or as a variant of the enum before it. */
function defines(file, name, parent) {
  if (!/^\w+$/.test(name)) return true;
  if (new RegExp(`\\b(?:${WORDS})\\s+(?:mut\\s+)?${name}\\b|^${name}\\(\\)`, 'm').test(text(file))) return true;
  const declared = text(file).match(/^\w+! *[{(]$.*?^[})]/gms) ?? [];
  if (declared.some((body) => new RegExp(`^\\s+(?:pub )?${name}\\b`, 'm').test(body))) return true;
  return Boolean(parent) && new RegExp(`\\benum\\s+${parent}\\b[^}]*?^\\s+${name}\\b`, 'ms').test(text(file));
}

/** Which of the names no file of a place defines; the place is a file, or a folder with all that is in it. */
function undefinedIn(places, names) {
  const sources = files.filter((file) => places.some((place) => file === place || file.startsWith(`${place}/`)));
  return names.filter((name, at) => !sources.some((file) => defines(file, name, names[at - 1])));
}

/** What is wrong with a word of the documentation, if anything. `whole`: it is a code span by itself. */
function wrong(word, document, whole) {
  if (/NNNN|…|\.\.\.|:\/\/|^[/@$-]/.test(word)) return [];
  return expand(word.replace(/\(.*$/, '').replace(/[,;.:]+$/, '')).flatMap((one) => {
    const [path, ...symbols] = one.replace(/:\d+(-\d+)?$/, '').split('::');
    if (symbols.length && crates.includes(path)) {
      const modules = files.filter((file) => file.startsWith(`${path}/src/`)).flatMap((file) => file.split(/[/.]/));
      return undefinedIn([`${path}/src`], symbols)
        .filter((name) => !modules.includes(name))
        .map((name) => `${one}: nothing in the crate ${path} is called ${name}`);
    }
    if (!/^[\w.*<>/@-]+$/.test(path) || ELSEWHERE.has(basename(path))) return [];
    const ours = path.includes('/') && tops.has(path.split('/')[0]);
    if (!ours && !(whole && EXTENSION.test(path))) return [];
    const hits = found(path, document);
    if (!hits.length) return isMade(path) ? [] : [`${one}: there is no ${path}`];
    return undefinedIn(hits, symbols).map((name) => `${one}: ${name} is not defined in ${hits.join(' or ')}`);
  });
}

const documents = process.argv.length > 2 ? process.argv.slice(2) : ['README.md', ...files.filter((file) => /^docs\/.*\.md$/.test(file))];
let misses = 0;
let looked = 0;
for (const document of documents) {
  let fenced = false;
  text(document).split('\n').forEach((line, index) => {
    if (/^\s*```/.test(line)) fenced = !fenced;
    const spans = fenced ? [line] : [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
    const links = fenced ? [] : [...line.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1]).filter((link) => !/^\w+:/.test(link));
    const complaints = [];
    for (const span of spans) {
      const code = fenced ? span.replace(/\s#.*$/, '') : span;
      // Spaces within braces do not part words.
      const words = code.replace(/\{[^{}]*\}/g, (braces) => braces.replace(/\s/g, '')).split(/\s+/).filter(Boolean);
      looked += words.length;
      words.forEach((word, at) => complaints.push(...wrong(word.replace(/^["'(]+|["')]+$/g, ''), document, !fenced && words.length === 1)));
      if (words[0] === 'make') {
        for (const name of words.slice(1)) if (/^[a-z][\w-]*$/.test(name) && !targets.has(name)) complaints.push(`make ${name}: the Makefile has no such target`);
      }
    }
    // `file` (`symbol`, `Type::method`)
    for (const [, path, symbols] of fenced ? [] : line.matchAll(/`([^`\s:]+)`,?\s+\(((?:`\w+(?:::\w+)*`(?:, | and )?)+)\)/g)) {
      const hits = expand(path).flatMap((one) => found(one, document));
      if (!hits.length) continue;
      for (const [, symbol] of symbols.matchAll(/`([^`]+)`/g)) {
        for (const name of undefinedIn(hits, symbol.split('::'))) complaints.push(`${symbol}: ${name} is not defined in ${hits.join(' or ')}`);
      }
    }
    for (const link of links) {
      looked += 1;
      if (!there.has(normalize(join(dirname(document), link)).replace(/\/$/, ''))) complaints.push(`${link}: the link leads nowhere`);
    }
    for (const complaint of complaints) console.error(`${document}:${index + 1}: ${complaint}`);
    misses += complaints.length;
  });
}
if (misses) {
  console.error(`The documentation names ${misses} things that are not there.`);
  process.exit(1);
}
console.log(`What the documentation names is there (${documents.length} documents, ${looked} words of code and links).`);

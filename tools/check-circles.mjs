// No file of a crate may, through whatever others, need itself: files that need each other can only be understood, and changed,
// together.
//   node tools/check-circles.mjs [--all] [crate…]      --all: every edge within a knot, not its shortest circle alone
// An edge is a name that one file uses and another defines. Re-exports are looked through: what stands in `a/b.rs` and is named
// by `crate::a::X` is an edge to `a/b.rs`, and `pub use b::X` in `a/mod.rs` is none by itself. Declaring a module is no edge
// either. What only tests need (`#[cfg(test)]`) does not count. Prints each knot of files with its shortest circle.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Words and signs with their lines, without comments and without what is in quotation marks. */
function tokens(source) {
  const found = [];
  const pattern =
    /(\/\/[^\n]*)|(\/\*)|(b?c?r(#*)"[\s\S]*?"\4)|([bc]?"(?:[^"\\]|\\[\s\S])*")|(b?'(?:[^'\\\n]|\\(?:u\{[^}]*\}|x..|.))')|('[A-Za-z_]\w*)|(r#)?([A-Za-z_]\w*)|(::|=>|->|\n|[^\s\w])|\d[\w.]*/g;
  let line = 1;
  for (let match; (match = pattern.exec(source)); ) {
    if (match[2]) {
      for (let depth = 1; depth && pattern.lastIndex < source.length; ) {
        const next = /\/\*|\*\//g;
        next.lastIndex = pattern.lastIndex;
        const mark = next.exec(source);
        if (!mark) break;
        depth += mark[0] === '/*' ? 1 : -1;
        line += source.slice(pattern.lastIndex, next.lastIndex).split('\n').length - 1;
        pattern.lastIndex = next.lastIndex;
      }
    } else if (match[0] === '\n') line += 1;
    else {
      if (match[9] || match[10]) found.push({ text: match[9] ?? match[10], word: Boolean(match[9]), line });
      line += match[0].split('\n').length - 1;
    }
  }
  return found;
}

const OPEN = new Set(['{', '(', '[']);
const CLOSE = new Set(['}', ')', ']']);
const ITEMS = new Set(['fn', 'struct', 'enum', 'union', 'trait', 'type', 'const', 'static']);

/** The place behind the bracket that closes the one at `at`. */
function behind(list, at) {
  let depth = 0;
  for (let place = at; place < list.length; place += 1) {
    if (OPEN.has(list[place].text)) depth += 1;
    else if (CLOSE.has(list[place].text)) {
      depth -= 1;
      if (depth === 0) return place + 1;
    }
  }
  return list.length;
}

/** The names a `use` brings in, from the word behind it: [[path], alias or '*'] with the place behind its semicolon. */
function useTree(list, at) {
  const found = [];
  const branch = (place, before) => {
    const path = [...before];
    for (let here = place; here < list.length; here += 1) {
      const { text, word } = list[here];
      if (text === '::') continue;
      if (text === '{') {
        let next = here + 1;
        while (list[next]?.text !== '}') {
          next = branch(next, path);
          if (list[next]?.text === ',') next += 1;
        }
        return next + 1;
      }
      if (text === '*') {
        found.push({ path, alias: '*' });
        return here + 1;
      }
      if (text === 'as') {
        found.push({ path, alias: list[here + 1].text });
        return here + 2;
      }
      if (word) {
        if (text !== 'self' || path.length === 0) path.push(text);
        continue;
      }
      if (path.length) found.push({ path, alias: path.at(-1) });
      return here;
    }
    return list.length;
  };
  const end = branch(at, []);
  return { found, end: end + 1 };
}

/** Marks the names of an enum's variants: they name nothing else. */
function variants(list, at) {
  let place = at;
  while (list[place].text !== '{') place += 1;
  const end = behind(list, place);
  for (place += 1; place < end - 1; ) {
    while (list[place]?.text === '#') place = behind(list, place + 1);
    if (list[place]?.word) list[place].declares = true;
    while (place < end - 1 && list[place].text !== ',') place = OPEN.has(list[place].text) ? behind(list, place) : place + 1;
    place += 1;
  }
}

/** Reads a crate from its root file on. */
function read(root) {
  const modules = new Map();
  const macros = new Map();

  const readModule = (path, file, list, folder) => {
    const here = { path, file, items: new Set(), guesses: new Set(), children: new Set(), uses: [], code: [] };
    modules.set(path.join('::'), here);
    let depth = 0;
    let atItem = true;
    for (let at = 0; at < list.length; ) {
      const { text, word, line } = list[at];
      const next = list[at + 1];
      if (text === '#' && (next?.text === '[' || (next?.text === '!' && list[at + 2]?.text === '['))) {
        const end = behind(list, at + (next.text === '!' ? 2 : 1));
        const words = list.slice(at, end).map((token) => token.text);
        if (words[2] === 'cfg' && words.includes('test') && !words.includes('not')) {
          // What follows is skipped: further attributes, then up to its semicolon or its block.
          at = end;
          while (list[at]?.text === '#') at = behind(list, at + 1);
          while (at < list.length && list[at].text !== ';' && list[at].text !== '{') at = OPEN.has(list[at].text) ? behind(list, at) : at + 1;
          at = list[at]?.text === '{' ? behind(list, at) : at + 1;
          continue;
        }
        // A server function makes a type of its name.
        if (words[2] === 'server') {
          const fn = list.findIndex((token, place) => place >= end && token.text === 'fn');
          if (fn > 0) here.items.add(list[fn + 1].text.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase()));
        }
        here.code.push(...list.slice(at + 2, end - 1));
        at = end;
        continue;
      }
      if (word && text === 'use' && list[at - 1]?.text !== '.') {
        let before = at - 1;
        if (list[before]?.text === ')') while (list[before]?.text !== '(') before -= 1;
        const isPublic = list[before]?.text === 'pub' || list[before - 1]?.text === 'pub';
        const { found, end } = useTree(list, at + 1);
        for (const one of found) here.uses.push({ ...one, isPublic, line });
        atItem = true;
        at = end;
        continue;
      }
      if (word && text === 'mod' && next?.word && (list[at + 2]?.text === ';' || list[at + 2]?.text === '{')) {
        here.children.add(next.text);
        atItem = true;
        const childPath = [...path, next.text];
        if (list[at + 2].text === ';') {
          const places = [join(folder, `${next.text}.rs`), join(folder, next.text, 'mod.rs')];
          const child = places.find(existsSync);
          if (child) readModule(childPath, child, tokens(readFileSync(child, 'utf8')), join(folder, next.text));
          at += 3;
        } else {
          const end = behind(list, at + 2);
          readModule(childPath, file, list.slice(at + 3, end - 1), join(folder, next.text));
          at = end;
        }
        continue;
      }
      if (word && text === 'macro_rules' && next?.text === '!') {
        macros.set(list[at + 2].text, file);
        at += 3;
        continue;
      }
      if (depth === 0 && word && ITEMS.has(text) && next?.word && !ITEMS.has(next.text)) {
        here.items.add(next.text);
        if (text === 'enum') variants(list, at);
      }
      // A macro's declarations: `ids! { LeadId, UserId }`, `text_enum! { Status { Open = "open" } }`.
      if (depth === 0 && atItem && word && next?.text === '!' && OPEN.has(list[at + 2]?.text)) {
        for (let inner = at + 3; inner < behind(list, at + 2) - 1; inner += 1) {
          if (/^[A-Z]/.test(list[inner].text)) here.guesses.add(list[inner].text);
          if (list[inner + 1].text === '=') list[inner].declares = true;
        }
      }
      if (OPEN.has(text)) depth += 1;
      if (CLOSE.has(text)) depth -= 1;
      atItem = depth === 0 && (text === '}' || text === ';' || text === ']');
      here.code.push(list[at]);
      at += 1;
    }
  };
  readModule([], root, tokens(readFileSync(root, 'utf8')), dirname(root));
  return { modules, macros };
}

/** The edges of a crate: file → file → where and how. */
function edges({ modules, macros }) {
  const find = (path) => modules.get(path.join('::'));

  /** What a path means, seen from a module: `{ file }`, `{ module }`, or nothing where it leads out of the crate. */
  const resolve = (from, path, seen = new Set()) => {
    let here = from;
    let rest = path;
    if (rest[0] === 'crate') [here, rest] = [find([]), rest.slice(1)];
    else if (rest[0] === 'self') rest = rest.slice(1);
    else if (rest[0] === 'super') {
      while (rest[0] === 'super') [here, rest] = [here && find(here.path.slice(0, -1)), rest.slice(1)];
    } else {
      const start = lookUp(from, rest[0], seen);
      if (!start || start.file) return start;
      [here, rest] = [start.module, rest.slice(1)];
    }
    while (here && rest.length) {
      const next = lookUp(here, rest[0], seen);
      // What cannot be told apart is its module's.
      if (!next) return { file: here.file };
      if (next.file) return next;
      [here, rest] = [next.module, rest.slice(1)];
    }
    return here && { module: here };
  };

  /** What a name means in a module. */
  const lookUp = (module, name, seen) => {
    const key = `${module.path.join('::')}|${name}`;
    if (seen.has(key)) return undefined;
    seen.add(key);
    if (module.items.has(name)) return { file: module.file };
    if (module.children.has(name)) {
      const child = find([...module.path, name]);
      return child && { module: child };
    }
    for (const use of module.uses) if (use.alias === name) return resolve(module, use.path, seen);
    if (module.guesses.has(name)) return { file: module.file };
    for (const use of module.uses) {
      if (use.alias !== '*') continue;
      const source = resolve(module, use.path, seen)?.module;
      const hit = source && lookUp(source, name, seen);
      if (hit) return hit;
    }
    return undefined;
  };

  const graph = new Map();
  const add = (from, to, line, what) => {
    if (!to || to === from) return;
    if (!graph.has(from)) graph.set(from, new Map());
    if (!graph.get(from).has(to)) graph.get(from).set(to, { line, what });
  };
  for (const module of modules.values()) {
    if (!graph.has(module.file)) graph.set(module.file, new Map());
    const below = (file) => [...modules.values()].some((one) => one.file === file && one.path.length > module.path.length && module.path.every((part, at) => one.path[at] === part));
    for (const { path, alias, isPublic, line } of module.uses) {
      // A module that is brought in, or all of one, is an edge where something of it is used.
      const target = alias === '*' ? undefined : resolve(module, path, new Set());
      if (!target?.file || (isPublic && below(target.file))) continue;
      add(module.file, target.file, line, path.join('::'));
    }
    const { code } = module;
    for (let at = 0; at < code.length; ) {
      const start = at;
      const { text, word, line, declares } = code[at];
      at += 1;
      const before = code[start - 1]?.text;
      if (!word || declares || before === '.' || before === '::' || ITEMS.has(before)) continue;
      const path = [text];
      while (code[at]?.text === '::' && code[at + 1]?.word) {
        path.push(code[at + 1].text);
        at += 2;
      }
      const after = code[at]?.text;
      if (path.length === 1) {
        if (after === '!' && macros.has(text)) add(module.file, macros.get(text), line, `${text}!`);
        // A small word by itself is most often a variable or a field.
        if (text === 'crate' || text === 'self' || text === 'super' || (/^[a-z]/.test(text) && after !== '(')) continue;
      }
      const target = resolve(module, path, new Set());
      if (target?.file) add(module.file, target.file, line, path.join('::'));
    }
  }
  return graph;
}

/** The strongly connected components of more than one file (Tarjan). */
function knots(graph) {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const found = [];
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const next of graph.get(file)?.keys() ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(file, Math.min(low.get(file), low.get(next)));
      } else if (stack.includes(next)) low.set(file, Math.min(low.get(file), index.get(next)));
    }
    if (low.get(file) === index.get(file)) {
      const knot = stack.splice(stack.indexOf(file));
      if (knot.length > 1) found.push(knot);
    }
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return found;
}

/** The shortest circle among some files. */
function circle(graph, knot) {
  let best;
  for (const start of knot) {
    const from = new Map([[start, undefined]]);
    const queue = [start];
    for (let file; (file = queue.shift()); ) {
      for (const next of graph.get(file).keys()) {
        if (next === start) {
          const way = [start];
          for (let back = file; back !== start; back = from.get(back)) way.splice(1, 0, back);
          if (!best || way.length < best.length) best = way;
          queue.length = 0;
          break;
        }
        if (knot.includes(next) && !from.has(next)) {
          from.set(next, file);
          queue.push(next);
        }
      }
    }
  }
  return best;
}

const call = process.argv.slice(2);
const all = call.includes('--all');
const named = call.filter((one) => one !== '--all');
const crates = named.length ? named : ['app', 'domain', 'server', 'services', 'store'].filter((name) => existsSync(`${name}/src/lib.rs`));
let knotted = 0;
let counted = 0;
for (const crate of crates) {
  const graph = edges(read(`${crate}/src/lib.rs`));
  counted += graph.size;
  const short = (file) => file.slice(`${crate}/src/`.length);
  for (const knot of knots(graph)) {
    knotted += 1;
    console.error(`${crate}: ${knot.length} files need each other: ${knot.map(short).sort().join(', ')}`);
    const way = circle(graph, knot);
    const shown = all
      ? knot.flatMap((from) => [...graph.get(from).keys()].filter((to) => knot.includes(to)).map((to) => [from, to]))
      : way.map((from, at) => [from, way[(at + 1) % way.length]]);
    for (const [from, to] of shown) {
      const { line, what } = graph.get(from).get(to);
      console.error(`    ${from}:${line} uses ${what} of ${short(to)}`);
    }
  }
}
if (knotted) process.exit(1);
console.log(`No circles among the ${counted} files of ${crates.join(', ')}.`);

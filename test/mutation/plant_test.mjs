import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {allFaults, parseFaults} from './lib/faults.mjs';
import {plant} from './lib/plant.mjs';

const project = fileURLToPath(new URL('../..', import.meta.url));
const planted = (text, ...lines) => plant(text, parseFaults(['a.cpp: a fault', ...lines].join('\n'), 'list')
  .map((fault, i) => ({number: i + 1, ...fault})), 'fault.hpp').split('\n').slice(2).join('\n');

test('every fault of the lists has its place in the sources', () => {
  const faults = allFaults();
  assert.ok(faults.length >= 40);
  for (const path of new Set(faults.map((fault) => fault.path))) {
    plant(readFileSync(join(project, path), 'utf8'), faults.filter((fault) => fault.path === path), 'fault.hpp');
  }
});

test('the descriptions of the faults differ, and their numbers', () => {
  const titles = allFaults().map(({path, title}) => `${path}: ${title}`);
  assert.deepEqual(titles.filter((title, i) => titles.indexOf(title) !== i), []);
  assert.equal(new Set(allFaults().map(({number}) => number)).size, titles.length);
});

test('an expression is replaced by a choice', () => {
  assert.equal(planted('return a < b;', '- a < b', '+ a <= b'), 'return (::bennu::mutation::is_on(1) ? (a <= b) : (a < b));');
});

test('an expression may end with a brace', () => {
  assert.equal(planted('return a{1};', '- a{1}', '+ a{2}'), 'return (::bennu::mutation::is_on(1) ? (a{2}) : (a{1}));');
});

test('a statement is replaced by a choice between statements, or left out', () => {
  assert.equal(planted('f();', '- f();', '+ g();'), 'if (::bennu::mutation::is_on(1)) { g(); } else { f(); }');
  assert.equal(planted('f();', '- f();'), 'if (::bennu::mutation::is_on(1)) {  } else { f(); }');
});

test('line breaks and spaces make no difference', () => {
  assert.equal(planted('f(a,\n  b);', '- f(a, b);'), 'if (::bennu::mutation::is_on(1)) {  } else { f(a,\n  b); }');
});

test('code that occurs more than once is looked for behind other code', () => {
  const source = 'void f() { n = 1; }\nvoid g() { n = 1; }\n';
  assert.match(planted(source, '> void g() {', '- n = 1;'), /^void f\(\) \{ n = 1; \}\nvoid g\(\) \{ if/);
  assert.throws(() => planted(source, '- n = 1;'), /^Error: list:1: a.cpp contains this 2 times/);
});

test('an entry that does not fit the sources any more is an error that names the entry', () => {
  assert.throws(() => planted('f();', '- g();'), /^Error: list:1: a.cpp no longer contains: g\(\);/);
  assert.throws(() => planted('f();', '> h();', '- f();'), /^Error: list:1: a.cpp no longer contains what the lines with ">" say/);
});

test('two faults do not share code', () => {
  assert.throws(() => planted('f(1);', '- f(1);', '', 'a.cpp: another', '- 1', '+ 2'), /has another fault in the same code/);
});

test('a list that cannot be read is an error', () => {
  assert.throws(() => parseFaults('no file', 'list'), /^Error: list:1: expected "FILE: DESCRIPTION"/);
  assert.throws(() => parseFaults('a.cpp: a fault\nf();', 'list'), /^Error: list:1: a line begins with/);
  assert.throws(() => parseFaults('# comment\n\na.cpp: a fault\n+ f();', 'list'), /^Error: list:3: no line begins with "- "/);
});

// Incorrect uses do not compile, and the compiler's first line gives the reason:
//
//   node misuse_test.mjs COMPILER [FLAG…]
//
// Each .cpp here has sections. `//! …` describes the fault of a section, `//? …` the error that the compiler must
// report, or one of several errors. -DWRONG selects the incorrect code. Without it each file is correct, and compiled with
// all others.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const [compiler, ...flags] = process.argv.slice(2);

/** A file's sections: the fault, the expected error, and the first line. */
function sectionsOf(file) {
  const sections = [];
  readFileSync(join(here, file), 'utf8').split('\n').forEach((line, i) => {
    if (line.startsWith('//! ')) sections.push({wrong: line.slice(4), expected: [], first: i + 1, last: Infinity});
    if (line.startsWith('//? ')) sections.at(-1).expected = line.slice(4).split('|');
    if (sections.length > 1) sections.at(-2).last = Math.min(sections.at(-2).last, sections.at(-1).first - 1);
  });
  return sections;
}

/** The output of the compiler: each error with the lines that lead to it and those that explain it. */
function errorsOf(file) {
  const run = spawnSync(compiler, [...flags, '-DWRONG', '-fsyntax-only', '-fno-diagnostics-show-caret', file], {
    cwd: here, encoding: 'utf8', env: {...process.env, LC_ALL: 'C'}, maxBuffer: 1 << 28,
  });
  assert.ifError(run.error);
  assert.notEqual(run.status, 0, 'the wrong code compiles');
  const errors = [{text: '', said: ''}];
  for (const line of run.stderr.split('\n')) {
    // The compiler prints the instantiations before an error, and its notes after it.
    const begins = /: In (instantiation|substitution|function|member|static|lambda|constructor)|^In file included/.test(line);
    if (begins && errors.at(-1).said) errors.push({text: '', said: ''});
    const said = line.match(/ (?:fatal )?error: (.*)/)?.[1];
    if (said && errors.at(-1).said) errors.push({text: '', said: ''});
    errors.at(-1).text += `${line}\n`;
    if (said) errors.at(-1).said = said;
  }
  return errors.filter(({said}) => said);
}

const linesIn = (file, {text}) =>
  [...text.matchAll(new RegExp(`^(?:In file included from )?${file.replace('.', '\\.')}:(\\d+)`, 'gm'))].map(([, line]) => Number(line));

for (const file of readdirSync(here).filter((name) => name.endsWith('.cpp'))) {
  const errors = errorsOf(file);
  for (const {wrong, expected, first, last} of sectionsOf(file)) {
    test(`${file}: ${wrong}`, () => {
      const mine = errors.filter((error) => linesIn(file, error).some((line) => first <= line && line <= last));
      assert.ok(mine.length > 0, 'nothing is wrong with it');
      assert.ok(mine.some(({said}) => expected.some((words) => said.includes(words))),
                `expected: ${expected.join('\n      or: ')}\n     got: ${mine.map(({said}) => said).join('\n          ')}`);
    });
  }
}

// Writes the C++ in README.md and docs/ to files that a compiler takes: node extract.mjs PROJECT OUT
//
// Each ```cpp block is a translation unit. Code that the reader need not see stands in a comment before it:
//
//   <!-- preamble
//   #include <bennu/channels/channel.hpp>
//   -->
//
// The block takes the place of the line "..." in the preamble, or follows the preamble: a block can be the inside of a
// class or of a function. A word behind ```cpp names the block's file: other blocks of the page can include a header by
// that name, and a file NAME_test.cpp is a test. The compiler's messages name lines of the page, thanks to #line.
import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';

/** The paths of all files below a folder, relative to it. */
function filesBelow(folder) {
  return readdirSync(folder, {withFileTypes: true}).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)).map((path) => join(entry.name, path)) : [entry.name]);
}

/** The paths of README.md and of all pages in docs/, relative to the project's top. */
export function pagesOf(project) {
  const docs = filesBelow(join(project, 'docs')).filter((path) => path.endsWith('.md')).sort();
  return ['README.md', ...docs.map((path) => join('docs', path))];
}

/** The fenced blocks of a page: language, name, first line's number (from 1), text, and the preamble before it. */
export function blocksOf(text) {
  const blocks = [];
  let preamble = null;
  let open = null;
  let inPreamble = false;
  text.split('\n').forEach((content, i) => {
    const line = {number: i + 1, content};
    if (open) {
      if (content === '```') {
        blocks.push(open);
        open = preamble = null;
      } else {
        open.lines.push(line);
      }
    } else if (inPreamble) {
      if (content === '-->') inPreamble = false;
      else preamble.push(line);
    } else if (content === '<!-- preamble') {
      preamble = [];
      inPreamble = true;
    } else if (content.startsWith('```')) {
      const [language, name = null] = content.slice(3).split(' ');
      open = {language, name, preamble: preamble ?? [], lines: []};
    }
  });
  if (open || inPreamble) throw new Error('a block or a preamble is not closed');
  return blocks;
}

/** Lines as source text, with #line if they do not follow each other in the page. */
function sourceOf(page, lines) {
  let next = null;
  return lines.map(({number, content}) => {
    const jump = number === next ? '' : `#line ${number} "${page}"\n`;
    next = number + 1;
    return `${jump}${content}\n`;
  }).join('');
}

/** A page's C++ as [file name, text] pairs. */
export function filesOf(page, text) {
  const blocks = blocksOf(text).filter(({language}) => language === 'cpp');
  const files = blocks.map(({name, preamble, lines}, i) => {
    const place = preamble.findIndex(({content}) => content === '...');
    const before = place < 0 ? preamble : preamble.slice(0, place);
    const after = place < 0 ? [] : preamble.slice(place + 1);
    return [name ?? `block_${i + 1}.cpp`, sourceOf(page, [...before, ...lines, ...after])];
  });
  const names = files.map(([name]) => name);
  for (const [i, name] of names.entries()) {
    if (names.lastIndexOf(name) !== i) throw new Error(`${page}: two blocks are named ${name}`);
    const isUsed = name.endsWith('.cpp') || files.some(([, source]) => source.includes(`#include "${name}"`));
    if (!isUsed) throw new Error(`${page}: no block includes ${name}, so nothing compiles it`);
  }
  return files;
}

/** Writes files that have changed, so that no others are compiled again, and removes those that no page has any more. */
function extract(project, out) {
  mkdirSync(out, {recursive: true});
  const stale = new Set(filesBelow(out));
  for (const page of pagesOf(project)) {
    for (const [name, source] of filesOf(page, readFileSync(join(project, page), 'utf8'))) {
      const path = join(page.replace(/\.md$/, ''), name);
      const file = join(out, path);
      if (!stale.delete(path) || readFileSync(file, 'utf8') !== source) {
        mkdirSync(dirname(file), {recursive: true});
        writeFileSync(file, source);
      }
    }
  }
  stale.forEach((path) => rmSync(join(out, path)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [project, out] = process.argv.slice(2);
  if (!out) {
    console.error(`usage: node ${relative('.', process.argv[1])} PROJECT OUT`);
    process.exit(2);
  }
  extract(project, out);
}

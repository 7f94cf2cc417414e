// Reads the lists of faults in faults/*.txt. An entry ends with an empty line:
//
//   transport/outbox.cpp: an outbox takes one message more than its limit
//   > bool outbox::push(
//   - messages_.size() >= limits_.messages
//   + messages_.size() > limits_.messages
//
// The first line names the file and describes the fault. The lines with "-" are the code that the fault replaces, and
// those with "+" the faulty code; without "+" lines, the statement is left out. The old code is either an expression or
// whole statements, which end with ";" or begin with "if (", "for (" or "while (". It is looked for behind the code in
// the lines with ">"; without such lines it must occur once in the file. All spaces and line breaks are equal. Lines that
// begin with "#" are comments.
import {createHash} from 'node:crypto';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const folder = fileURLToPath(new URL('../faults', import.meta.url));
const fieldOf = {'>': 'behind', '-': 'old', '+': 'faulty'};

function entryOf(block, place) {
  const [first, ...lines] = block;
  const [, path, title] = /^(\S+): (.+)$/.exec(first) ?? [];
  if (!path) throw new Error(`${place}: expected "FILE: DESCRIPTION", got "${first}"`);
  const code = {behind: [], old: [], faulty: []};
  for (const line of lines) {
    const field = line[1] === ' ' || line.length === 1 ? fieldOf[line[0]] : undefined;
    if (!field) throw new Error(`${place}: a line begins with "> ", "- " or "+ ", got "${line}"`);
    code[field].push(line.slice(2));
  }
  const {behind, old, faulty} = Object.fromEntries(Object.entries(code).map(([name, text]) => [name, text.join('\n')]));
  if (old.trim() === '') throw new Error(`${place}: no line begins with "- "`);
  return {place, path, title, behind, old, faulty};
}

/** The entries of one list. `name` is for error messages. */
export function parseFaults(text, name) {
  const entries = [];
  let block = [];
  let start = 0;
  `${text}\n`.split('\n').forEach((line, i) => {
    if (line.startsWith('#')) return;
    if (line.trim() !== '') {
      if (block.length === 0) start = i + 1;
      block.push(line);
    } else if (block.length > 0) {
      entries.push(entryOf(block, `${name}:${start}`));
      block = [];
    }
  });
  return entries;
}

/**
 * The number that selects a fault: always the same, whatever is before it in the list, so that a new fault changes no
 * other source.
 */
const numberOf = ({path, title}) => createHash('sha256').update(`${path}: ${title}`).digest().readUInt32BE() >>> 1 | 1;

/** All faults, with their numbers. */
export function allFaults() {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt')).sort();
  return names.flatMap((name) => parseFaults(readFileSync(join(folder, name), 'utf8'), `test/mutation/faults/${name}`))
    .map((fault) => ({number: numberOf(fault), layer: fault.path.split('/')[0], ...fault}));
}

// The files and commands that a page of the guide gives operators.
import {readFileSync} from 'node:fs';

import {blocksOf} from '../../docs/extract.mjs';

const guide = new URL('../../../docs/guide/', import.meta.url);

/** The text of the block of this name on a page. */
export function fileIn(page, name) {
  const block = blocksOf(readFileSync(new URL(page, guide), 'utf8')).find((one) => one.name === name);
  if (!block) throw new Error(`${page} has no block named ${name}`);
  return block.lines.map(({content}) => `${content}\n`).join('');
}

/** The commands in a block of a console, which begin with "$ ". */
export const commandsIn = (page, name) =>
  fileIn(page, name).split('\n').filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));

/** KEY=VALUE lines. */
export const settingsIn = (text) => Object.fromEntries(text.trim().split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));

/** The words of a unit's ExecStart, with `${NAME}` and `%d` replaced as systemd does. */
export function commandOf(unit, environment, credentials) {
  const line = /^ExecStart=(.*)$/m.exec(unit.replaceAll(/\\\n\s*/g, ''))[1];
  return line.split(/\s+/).map((word) => word.replaceAll('%d', credentials).replaceAll(/\$\{(\w+)\}/g, (_, name) => {
    if (!(name in environment)) throw new Error(`no ${name} in the environment`);
    return environment[name];
  }));
}

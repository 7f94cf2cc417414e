// What the chapter of the guide about three nodes tells operators to write into files.
import {readFileSync} from 'node:fs';

import {blocksOf} from '../../docs/extract.mjs';

const page = new URL('../../../docs/guide/three-nodes.md', import.meta.url);

/** The text of the file of this name. */
export function fileIn(name) {
  const block = blocksOf(readFileSync(page, 'utf8')).find((one) => one.name === name);
  if (!block) throw new Error(`${page.pathname} has no block named ${name}`);
  return block.lines.map(({content}) => `${content}\n`).join('');
}

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

// The programs in docs/guide/publishing.md.
import assert from 'node:assert/strict';
import {execFile, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {promisify} from 'node:util';

import {blocksOf} from '../docs/extract.mjs';
import {startServer} from './server.mjs';

const page = readFileSync(new URL('../../docs/guide/publishing.md', import.meta.url), 'utf8');
const interpreters = {sh: 'sh', py: 'python3', php: 'php', rb: 'ruby'};
const needs = {sh: 'curl', py: 'python3', php: 'php', rb: 'ruby'};
const isInstalled = (program) => spawnSync(program, ['--version'], {stdio: 'ignore'}).status === 0;

let server, folder;
before(async () => {
  server = await startServer();
  folder = mkdtempSync(join(tmpdir(), 'bennu-examples-'));
});
after(async () => {
  rmSync(folder, {recursive: true});
  await server.stop();
});

/** Runs a block of the page as a reader would. @returns its output */
async function run(name) {
  const block = blocksOf(page).find((one) => one.name === name);
  const file = join(folder, name);
  writeFileSync(file, block.lines.map(({content}) => `${content}\n`).join(''));
  const env = {...process.env, BENNU_URL: server.api, BENNU_SECRET: server.secret};
  const {stdout} = await promisify(execFile)(interpreters[name.split('.').pop()], [file], {env, timeout: 60_000});
  return stdout;
}

const examples = {
  'publish.sh': /^\{"position":null,"subscribers":0\}$/,
  'publish.py': /^\{'position': None, 'subscribers': 0\}\n$/,
  'publish.php': /\[subscribers\] => 0/,
  'publish.rb': /subscribers.*0/,
  'once.sh': /^(\{"position":null,"subscribers":0\}){2}$/,
  'many.py': /^100 sent, 0 of them refused\n$/,
  'find.sh': /^\{"sockets":\[\],"cursor":null\}\{"topics":\[\],"cursor":null\}\{\}$/,
};

for (const [name, expected] of Object.entries(examples)) {
  const program = needs[name.split('.').pop()];
  test(`${name} does what the page says`, {skip: isInstalled(program) ? false : `${program} is not installed`}, async () => {
    assert.match(await run(name), expected);
  });
}

test('every program of the page is an example', () => {
  const programs = blocksOf(page).filter(({language}) => language in {sh: 1, python: 1, php: 1, ruby: 1});
  assert.deepEqual(programs.map(({name}) => name), Object.keys(examples));
});

test('a repeated message is counted, and sent once', async () => {
  const metrics = await (await fetch(`${server.api}/metrics`)).text();
  const repeated = /^bennu_api_duplicates_total (\d+)$/m.exec(metrics)[1];
  assert.equal(repeated, isInstalled('curl') ? '1' : '0');
});

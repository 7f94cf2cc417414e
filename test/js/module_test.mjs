// The npm package of the module: its published file, size and contents.
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';

import {transformSync} from 'esbuild';

const folder = fileURLToPath(new URL('../../channels/js/', import.meta.url));
const read = (name) => readFileSync(folder + name, 'utf8');
const published = read('bennu.min.mjs');
const about = JSON.parse(read('package.json'));

test('the published file is what esbuild makes of the source', () => {
  const {code} = transformSync(read('bennu.mjs'), {minify: true, format: 'esm', target: 'es2022'});
  assert.equal(published, code, 'npm run build, in channels/js, makes it anew');
});

test('it has less than 2 KB, compressed', () => {
  const {length} = gzipSync(published, {level: 9});
  assert.ok(length < 2048, `${length} bytes`);
});

test('the package has all files that it names', () => {
  const named = [...about.files, about.main, about.types, ...Object.values(about.exports['.'])];
  assert.deepEqual(named.filter((name) => !existsSync(folder + name)), []);
});

test('the types name every public member of the class', async () => {
  const {RecoverableChannel} = await import(`${folder}bennu.min.mjs`);
  const types = read('bennu.d.ts');
  const members = Object.getOwnPropertyNames(RecoverableChannel.prototype);
  assert.deepEqual(members.filter((name) => !new RegExp(`^  (readonly )?${name}[(:]`, 'm').test(types)), []);
});

// The programs that should notice a fault: unit tests, the simulation, and the conformance suite.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {basename, join} from 'node:path';

const layers = ['runtime', 'pubsub', 'transport', 'channels'];
const keptOutput = 256 * 1024;

const options = ['--abort-after=1', '--no-colors=true'];

/** All unit tests and the simulation, beginning with the tests of a layer. */
export function unitSuites(bin, layer) {
  const above = layers.slice(layers.indexOf(layer));
  const names = [...above, ...layers.filter((name) => !above.includes(name)), 'simulation'].map((name) => `${name}_test`);
  return names.map((name) => ({name, command: [join(bin, name), ...options]}));
}

/** The tests of one source, which have its name: likely to notice a fault in it, and quick. */
export function ownSuite(bin, {layer, path}) {
  const name = `${layer}_test`;
  return {name, command: [join(bin, name), ...options, `--source-file=*/${basename(path).replace(/\.\w+$/, '')}*`]};
}

/** The areas of the conformance suite that pass with sanitizers. The others limit memory, or replace functions of libc. */
const areas = [
  'broadcasts', 'callbacks', 'client', 'connect', 'connect info', 'disconnects', 'dispatch', 'ends', 'handshake', 'joins',
  'leaves', 'limits', 'long poll', 'long poll posts', 'malformed', 'messages', 'options', 'origins', 'pushes', 'refs',
  'request lengths', 'shutdown', 'strict', 'subprotocols', 'terminate', 'text', 'tokens', 'version 1', 'websocket',
];

export const conformance = (source) => ({
  name: 'conformance', command: ['node', join(source, 'test/conformance/run.mjs'), '--only', areas.join()],
});

/** The name of the test that failed, from a test program's output. */
function failureIn(output) {
  const test = /^TEST CASE:\s+(.*)$/m.exec(output)?.[1] ?? /^\s*(?:not ok|FAILED|✗|fail)\S*\s+(.*)$/mi.exec(output)?.[1];
  return test ?? output.trim().split('\n').at(-1) ?? '';
}

/**
 * Runs a suite with a fault switched on, 0 for none.
 *
 * @returns {Promise<{passed: boolean, seconds: number, why: string}>} `why` names the test that failed
 */
export async function runSuite({command: [program, ...args]}, {fault, bin, limitSeconds}) {
  const begin = Date.now();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: {...process.env, BENNU_FAULT: `${fault}`, BENNU_BIN: bin},
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output = (output + text).slice(-keptOutput)));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill(-child.pid, 'SIGKILL');
  }, limitSeconds * 1000);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  const why = late ? `took longer than ${limitSeconds} s` : signal ? `ended with ${signal}` : failureIn(output);
  return {passed: code === 0, seconds: (Date.now() - begin) / 1000, why, output};
}

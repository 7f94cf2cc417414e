// The programs that should notice a fault: unit tests, the simulation, and the conformance suite.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {basename, join} from 'node:path';

const layers = ['runtime', 'pubsub', 'transport', 'channels'];
const keptOutput = 256 * 1024;

const options = ['--abort-after=1', '--no-colors=true'];

/** A test that takes at least this long is run after all those of the other programs. */
const slowSeconds = 1;

/** The programs with the unit tests of a layer and of those above, which use it, and the simulation. */
export const programsFor = (layer) => [...layers.slice(layers.indexOf(layer)), 'simulation'].map((name) => `${name}_test`);

export const allPrograms = programsFor(layers[0]);

/** All tests of a program; shows how long each of them takes. */
export const wholeProgram = (bin, name) => ({
  name, limitSeconds: 900, command: [join(bin, name), ...options, '--duration=true'],
});

/** The tests that took long, from the output of `wholeProgram`: {name, seconds} */
export function slowTestsIn(output) {
  return [...output.matchAll(/^([\d.]+) s: (.*)$/gm)].map(([, seconds, name]) => ({name: name.trim(), seconds: Number(seconds)}))
    .filter(({seconds}) => seconds >= slowSeconds);
}

/** The seconds after which a suite counts as hanging, by the seconds that it takes without a fault. */
const limitFor = (seconds) => Math.round(30 + 5 * seconds);

/** A program's tests, split into quick ones and those that take long. `baseline` is a run of all: {seconds, output} */
export function splitProgram(bin, name, {seconds, output}) {
  const slow = slowTestsIn(output);
  // A comma would end a name in a filter of doctest.
  const names = slow.map((test) => test.name.replaceAll(',', '?')).join(',');
  const slowSum = slow.reduce((sum, test) => sum + test.seconds, 0);
  const suite = (limitSeconds, ...filters) => ({name, limitSeconds, command: [join(bin, name), ...options, ...filters]});
  return {
    quick: (...filters) => suite(limitFor(seconds - slowSum), `--test-case-exclude=${names}`, ...filters),
    slow: slow.length > 0 ? [suite(limitFor(slowSum), `--test-case=${names}`)] : [],
  };
}

/** The tests of one source, which have its name: likely to notice a fault in it, and quick. */
export const ownTests = (path) => `--source-file=*/${basename(path).replace(/\.\w+$/, '')}*`;

/** The areas of the conformance suite that pass with sanitizers. The others limit memory, or replace functions of libc. */
const areas = [
  'broadcasts', 'callbacks', 'client', 'connect', 'connect info', 'disconnects', 'dispatch', 'ends', 'handshake', 'joins',
  'leaves', 'limits', 'long poll', 'long poll posts', 'malformed', 'messages', 'options', 'origins', 'pushes', 'refs',
  'request lengths', 'shutdown', 'strict', 'subprotocols', 'terminate', 'text', 'tokens', 'version 1', 'websocket',
];

/** @param seconds how long it takes without a fault */
export const conformance = (source, seconds) => ({
  name: 'conformance', limitSeconds: limitFor(seconds), command: ['node', join(source, 'test/conformance/run.mjs'), '--only', areas.join()],
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
export async function runSuite({command: [program, ...args], limitSeconds}, {fault, bin}) {
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

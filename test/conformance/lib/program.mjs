// Bennu's programs as a supervisor sees them.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {Mismatch} from './matching.mjs';
import {scaled} from './time.mjs';
import {tlsOptions} from './tls.mjs';

export const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../../build/release/bin', import.meta.url));
const keptOutput = 64 * 1024;

/** A running program, with its output and its end. */
export class Program {
  stdout = '';
  stderr = '';
  ended = null;  // {code, signal} when it has

  /**
   * @param {number} options.descriptors as many as the program may have open
   * @param {string} options.stderr a file to write standard error to; without it, `stderr` has the output
   * @param {object} options.env additions to its environment
   */
  constructor(name, args, {descriptors, stderr = 'pipe', env = {}} = {}) {
    const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors} && `;
    const to = stderr === 'pipe' ? stderr : openSync(stderr, 'w');
    this.child = spawn('/bin/sh', ['-c', `${limit}exec "$0" "$@"`, join(bin, name), ...args], {
      stdio: ['ignore', 'pipe', to], env: {...process.env, ...env},
    });
    if (to !== stderr) closeSync(to);
    for (const stream of stderr === 'pipe' ? ['stdout', 'stderr'] : ['stdout']) {
      this.child[stream].on('data', (bytes) => {
        this[stream] = (this[stream] + bytes).slice(-keptOutput);
      });
    }
    this.exit = once(this.child, 'close').then(
      ([code, signal]) => ({code, signal}),
      (error) => ({code: null, signal: null, error: error.message}),  // it could not be started
    ).then((ended) => {
      this.ended = ended;
      return ended;
    });
  }

  /** The end of the program; rejects if it has not ended in time. */
  async exitWithin(limitMs) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, scaled(limitMs), null);
    });
    const ended = await Promise.race([this.exit, late]);
    clearTimeout(timer);
    if (ended === null) throw new Mismatch('the program to end', `it runs after ${limitMs} ms`);
    return ended;
  }

  signal(name) {
    this.child.kill(name);
  }
}

/** Starts a server and waits until it accepts connections at `url`. */
export async function startServer(name, args, limitMs = 10_000, options = {}) {
  const program = new Program(name, args, options);
  const deadline = Date.now() + scaled(limitMs);
  for (;;) {
    const match = /^listening on (http\S+)$/m.exec(program.stdout);
    if (match) return Object.assign(program, {url: match[1]});
    if (program.ended || Date.now() > deadline) {
      program.signal('SIGKILL');
      throw new Mismatch('"listening on http://…"',
        {stdout: program.stdout, stderr: program.stderr, ended: program.ended});
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts the reference server, on a free port, with TLS if this run uses it. */
export function startReference(args = [], limitMs = 10_000, options = {}) {
  return startServer('reference', ['--port', '0', ...tlsOptions(), ...args], limitMs, options);
}

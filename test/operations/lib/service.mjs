// A node that runs with the options of the page's unit. The program is the reference server, which has more to test.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

import {response} from '../../js/client.mjs';
import {eventually} from '../../nodes/lib/eventually.mjs';
import {withClient} from '../../nodes/lib/node.mjs';
import {commandOf} from './chapter.mjs';

const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../../build/release/bin', import.meta.url));
const running = new Set();

/** For steps that take nodes and clients a second on an idle machine. */
export const patienceMs = 60_000;

export class Service {
  /** @param environment the variables of the unit's EnvironmentFile @param credentials the folder of its cookie */
  constructor(unit, environment, credentials) {
    execFileSync('ip', ['addr', 'add', `${environment.ADDRESS}/32`, 'dev', 'lo']);
    const [, ...words] = commandOf(unit, environment, credentials);
    const www = words.indexOf('--www');
    words.splice(www, 2);
    Object.assign(this, {name: environment.NODE, url: `http://${environment.ADDRESS}:4000`, words, child: null});
  }

  async start() {
    const child = spawn(join(bin, 'reference'), ['--threads', '1', ...this.words], {stdio: ['ignore', 'pipe', 'pipe']});
    this.child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    const log = [];
    createInterface({input: child.stderr}).on('line', (line) => log.push(line));
    let listens = false;
    createInterface({input: child.stdout}).on('line', (line) => (listens ||= line === `listening on ${this.url}`));
    await eventually(`${this.name} listens`, () => {
      if (child.exitCode !== null) throw new Error(log.join('\n'));
      return listens;
    });
  }

  /** Ends it as systemd does. @returns its exit code */
  async stop() {
    if (this.child === null) return null;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const [code] = await ended;
    return code;
  }

  async namesUp() {
    return withClient(this, async (socket) => {
      const channel = socket.channel('node');
      await response(channel.join());
      const {nodes} = await response(channel.push('nodes', {}));
      return nodes.filter(({state}) => state === 'up').map(({name}) => name);
    });
  }
}

/** Waits until each of these nodes is linked to exactly the others; on a busy machine this takes several attempts. */
export const linked = (nodes) => Promise.all(nodes.map((node) => {
  const others = nodes.filter((other) => other !== node).map(({name}) => name).sort().join();
  return eventually(`${node.name} is linked to ${others}`, async () => (await node.namesUp()).sort().join() === others, patienceMs);
}));

process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

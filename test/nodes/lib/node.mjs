// A node: a process of the reference server on a machine of its own.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {clientOf, disconnected, response} from '../../js/client.mjs';
import {Machine} from './network.mjs';
import {eventually, eventualMs, inTime} from './eventually.mjs';

const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../../build/release/bin', import.meta.url));
export const clusterPort = 4370;
const clientPort = 4000;

const folder = mkdtempSync(join(tmpdir(), 'bennu-nodes-'));

/** Writes a file for the time of the tests. @returns its path */
export function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

export const cookieFile = file('cookie', 'the secret of these tests\n');

const running = new Set();
const started = [];

export class Node {
  /**
   * @param name the name in the cluster
   * @param options `machine`, `seeds` (other nodes, or HOST:PORT), `cookie` (a file), `timeoutMs` (after which it misses
   *   others), `interestMs` (for which a join waits for others), `args` (more for the command line)
   */
  constructor(name, {machine = new Machine(), seeds = [], cookie = cookieFile, timeoutMs = 4_000, interestMs = eventualMs / 2, logLevel = 'debug', args = [],
    program = 'reference'} = {}) {
    Object.assign(this, {name, machine, seeds, cookie, timeoutMs, interestMs, logLevel, args, program, log: [], child: null});
  }

  /** Starts the process, and waits until it accepts clients. */
  async start() {
    const proof = this.cookie ? ['--cookie-file', this.cookie] : [];
    const seeds = this.seeds.flatMap((seed) => ['--seed', typeof seed === 'string' ? seed : seed.nodeAddress]);
    const [command, ...words] = this.machine.command(join(bin, this.program), '--host', '0.0.0.0', '--port', `${clientPort}`,
      '--threads', '1', '--log-level', this.logLevel, '--node', this.name, '--cluster-host', this.machine.nodeHost,
      '--cluster-port', `${clusterPort}`, '--node-timeout', `${this.timeoutMs}`, ...proof, ...seeds, ...this.args);
    const env = {...process.env, REFERENCE_NODE_INTEREST_TIMEOUT_MS: `${this.interestMs}`};
    this.child = spawn(command, words, {stdio: ['ignore', 'pipe', 'pipe'], env});
    running.add(this.child);
    if (!started.includes(this)) started.push(this);
    const child = this.child;
    child.once('exit', () => running.delete(child));
    createInterface({input: child.stderr}).on('line', (line) => this.log.push(line));
    let listens = false;
    createInterface({input: child.stdout}).on('line', (line) => (listens ||= line.startsWith('listening on')));
    await eventually(`${this.name} listens`, () => listens || child.exitCode !== null);
    if (!listens) throw new Error(`${this.name} did not start:\n${this.log.join('\n')}`);
    return this;
  }

  get nodeAddress() {
    return `${this.machine.nodeHost}:${clusterPort}`;
  }

  get url() {
    return `http://${this.machine.host}:${clientPort}`;
  }

  /** Sends the process a signal; `ip netns exec` becomes the program it starts, so this is the program. */
  signal(name) {
    this.child.kill(name);
  }

  async kill() {
    await this.end('SIGKILL');
  }

  /** @returns its exit code */
  async stop() {
    return this.end('SIGTERM');
  }

  async end(signal) {
    const {child} = this;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = await ended;
    return code;
  }

  /** The state of this node and of the others, as this node reports it. */
  async nodes() {
    return withClient(this, async (socket) => {
      const channel = socket.channel('node');
      await response(channel.join());
      return response(channel.push('nodes', {}));
    });
  }

  /** The names of the nodes that are up, in order. */
  async namesUp() {
    const {nodes} = await this.nodes();
    return nodes.filter(({state}) => state === 'up').map(({name}) => name);
  }

  /** One of the figures that it shows at /metrics. */
  async metric(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    assert.ok(line, `${name} is among the metrics`);
    return Number(line.split(' ')[1]);
  }

  /** The state of one other node, as this node reports it. */
  async info(name) {
    const {nodes} = await this.nodes();
    return nodes.find((node) => node.name === name);
  }
}

/** Gives `body` a connected client of a node, and always closes it. */
export async function withClient(node, body, params = {}) {
  const socket = clientOf(node.url, '/socket', {params, timeout: eventualMs});
  socket.connect();
  try {
    return await body(socket);
  } finally {
    await disconnected(socket);
  }
}

/** Pushes an event without a reply: phoenix keeps a timer for each push, and the process waits for it at its end. */
export const shout = (room, message) => room.push('shout', message, 1_000);

/** Waits until each of these nodes is linked to exactly the others. */
export async function linked(...nodes) {
  for (const node of nodes) {
    const others = nodes.filter((other) => other !== node).map(({name}) => name).sort();
    await eventually(`${node.name} is linked to ${others}`, async () => {
      const names = await node.namesUp();
      return names.length === others.length && names.every((name, i) => name === others[i]);
    });
  }
}

/** Longer than any test takes. */
const testLimitMs = 4 * eventualMs;

/** A test with nodes: if it fails, the error contains their logs. They are killed when it is over, or at the end. */
export function nodesTest(name, body, {keep = false} = {}) {
  test(name, async () => {
    try {
      await inTime('the end of the test', body(), testLimitMs);
    } catch (error) {
      const lastLines = 60;
      const logs = started.map((node) => [`-- log of ${node.name} (${node.machine.name})`, ...node.log.slice(-lastLines)].join('\n'));
      throw new Error([error.message, ...logs].join('\n'), {cause: error});
    } finally {
      if (!keep) killAll();
    }
  });
}

/** Kills the nodes that still run. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL');
  started.length = 0;
}
after(killAll);

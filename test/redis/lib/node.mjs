// A node: a process of the reference server that finds others through Redis.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

import {response} from '../../js/client.mjs';
import {eventually} from '../../nodes/lib/eventually.mjs';
import {withClient} from '../../nodes/lib/node.mjs';

const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../../build/release/bin', import.meta.url));
const running = new Set();

export class Node {
  /** @param options `args` (more for the command line), `env` (additions to the environment) */
  constructor(name, redisUrl, {args = [], env = {}} = {}) {
    Object.assign(this, {name, redisUrl, args, env, log: [], child: null, url: null});
  }

  /** Starts the process, and waits until it accepts clients. */
  async start() {
    const child = spawn(join(bin, 'reference'),
      ['--port', '0', '--threads', '1', '--node', this.name, '--redis', this.redisUrl, ...this.args],
      {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...this.env}});
    this.child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    createInterface({input: child.stderr}).on('line', (line) => this.log.push(line));
    this.url = null;
    createInterface({input: child.stdout}).on('line', (line) => (this.url ??= /^listening on (\S+)$/.exec(line)?.[1] ?? null));
    await eventually(`${this.name} listens`, () => {
      if (child.exitCode !== null) throw new Error(this.log.join('\n'));
      return this.url !== null;
    });
    return this;
  }

  signal(name) {
    this.child.kill(name);
  }

  /** @returns its exit code */
  async end(signal) {
    const {child} = this;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = await ended;
    return code;
  }

  logs(pattern) {
    return this.log.some((line) => pattern.test(line));
  }

  /** The other nodes as this node knows them. */
  async nodes() {
    return withClient(this, async (socket) => {
      const channel = socket.channel('node');
      await response(channel.join());
      return (await response(channel.push('nodes', {}))).nodes;
    });
  }

  async namesUp() {
    return (await this.nodes()).filter(({state}) => state === 'up').map(({name}) => name);
  }

  async info(name) {
    return (await this.nodes()).find((node) => node.name === name);
  }
}

/** Starts a node for each name, and waits until all are linked. */
export const startNodes = (redis, ...names) => Promise.all(names.map((name) => new Node(name, redis.url()).start()));

export function killNodes() {
  for (const child of running) child.kill('SIGKILL');
}
process.on('exit', killNodes);

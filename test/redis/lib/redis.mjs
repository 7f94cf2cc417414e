// A Redis server for the tests, on a free port, that can be killed, stopped and started again.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {eventually} from '../../nodes/lib/eventually.mjs';

const running = new Set();

export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Redis {
  /** @param options `password`, and `tls` (`{cert, key}`, files, and `authority`, if clients must have a certificate too), which leaves no
   * other way in */
  constructor({password = '', tls = null} = {}) {
    Object.assign(this, {password, tls, port: null, child: null});
    this.folder = mkdtempSync(join(tmpdir(), 'bennu-redis-'));
  }

  /** @param more for its command line */
  async start(more = []) {
    this.port ??= await freePort();
    const secret = this.password ? ['--requirepass', this.password] : [];
    const ways = this.tls
      ? ['--port', '0', '--tls-port', `${this.port}`, '--tls-cert-file', this.tls.cert, '--tls-key-file', this.tls.key,
         ...(this.tls.authority ? ['--tls-auth-clients', 'yes', '--tls-ca-cert-file', this.tls.authority] : ['--tls-auth-clients', 'no'])]
      : ['--port', `${this.port}`];
    this.child = spawn('redis-server', ['--bind', '127.0.0.1', ...ways, '--dir', this.folder, '--save', '', ...secret, ...more],
      {stdio: ['ignore', 'pipe', 'inherit']});
    const {child} = this;
    running.add(child);
    child.once('exit', () => running.delete(child));
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    await eventually('Redis is ready', () => {
      if (child.exitCode !== null) throw new Error(output);
      return /Ready to accept connections/.test(output);
    });
    return this;
  }

  url({password = this.password, cluster = ''} = {}) {
    return `redis${this.tls ? 's' : ''}://${password ? `:${password}@` : ''}localhost:${this.port}${cluster}`;
  }

  signal(name) {
    this.child.kill(name);
  }

  async kill() {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  /** Sends one command, and returns the first reply as text. */
  async command(...words) {
    const socket = net.connect(this.port, '127.0.0.1');
    const answer = once(socket, 'data');
    socket.write(`*${words.length}\r\n`);
    for (const word of words.map((one) => Buffer.from(one))) {
      socket.write(Buffer.concat([Buffer.from(`$${word.length}\r\n`), word, Buffer.from('\r\n')]));
    }
    const [bytes] = await answer;
    socket.destroy();
    return bytes.toString();
  }

  /** Ends it, if it runs, and leaves nothing behind. */
  async remove() {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    rmSync(this.folder, {recursive: true, force: true});
  }
}

process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

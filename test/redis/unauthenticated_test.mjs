import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, test} from 'node:test';

import {certificate} from '../conformance/lib/tls.mjs';
import {next, response} from '../js/client.mjs';
import {eventually} from '../nodes/lib/eventually.mjs';
import {linked, withClient} from '../nodes/lib/node.mjs';
import {Node, killNodes, startNodes} from './lib/node.mjs';
import {Redis} from './lib/redis.mjs';

let redis;
afterEach(async () => {
  killNodes();
  await redis?.remove();
});

test('messages of others on the channels of nodes are ignored, with a line in the log', async () => {
  redis = await new Redis().start();
  const [a, b] = await startNodes(redis, 'a', 'b');
  await linked(a, b);
  const hello = (name) => Buffer.concat([Buffer.from('bennu\x01\x00h'), Buffer.from(Uint32Array.of(name.length).buffer),
    Buffer.from(name), Buffer.from(BigUint64Array.of(7n).buffer), Buffer.of(9)]);
  for (const channel of ['bennu:0:all', 'bennu:0:node:a']) {
    for (const message of ['', 'hello', 'bennu', Buffer.alloc(1_000_000), hello('b'), hello('an outsider')]) {
      assert.match(await redis.command('PUBLISH', channel, message), /^:[12]/);
    }
  }
  await eventually('a says so', () => a.logs(/warning.*no node sent/));
  await linked(a, b);
  assert.ok(!a.logs(/is down/));
  await withClient(a, (ana) => withClient(b, async (bob) => {
    const rooms = [ana, bob].map((socket) => socket.channel('room:lobby'));
    for (const room of rooms) await response(room.join());
    const heard = next(rooms[1], 'shout');
    rooms[0].push('shout', {n: 1});
    assert.deepEqual(await heard, {n: 1});
  }));
});

test('a message that is larger than any of a node ends the connection, and nodes come back', async () => {
  redis = await new Redis().start();
  const [a, b] = await startNodes(redis, 'a', 'b');
  await linked(a, b);
  await redis.command('PUBLISH', 'bennu:0:node:a', Buffer.alloc(18 * 1024 * 1024));
  await eventually('a says so', () => a.logs(/a reply is too large/));
  await linked(a, b);
});

test('nodes of two clusters may share a server, and do not meet', async () => {
  redis = await new Redis().start();
  const nodes = await Promise.all([['a', '/1'], ['b', '/1'], ['c', '/other']].map(([name, cluster]) =>
    new Node(name, redis.url({cluster})).start()));
  await linked(nodes[0], nodes[1]);
  await linked(nodes[2]);
});

test('a server may require a password; a node with a wrong one logs this without it, and is alone', async () => {
  redis = await new Redis({password: 'sesame'}).start();
  const file = join(redis.folder, 'password');
  writeFileSync(file, 'sesame\n');
  const wrong = await new Node('wrong', redis.url({password: 'barley'})).start();
  const none = await new Node('none', redis.url({password: ''})).start();
  const a = await new Node('a', redis.url()).start();
  const b = await new Node('b', redis.url({password: 'wheat'}), {args: ['--redis-password-file', file]}).start();
  await linked(a, b);
  await eventually('it says so', () => wrong.logs(/WRONGPASS/) && none.logs(/NOAUTH/));
  assert.ok(!wrong.logs(/barley/) && !b.logs(/sesame/));
  await linked(wrong);
});

test('with TLS nodes speak to a server whose certificate they can check, and to no other', async () => {
  redis = await new Redis({tls: {cert: certificate('server.pem'), key: certificate('server_key.pem')}}).start();
  const trusting = {env: {SSL_CERT_FILE: certificate('ca.pem')}};
  const [a, b, suspicious] = await Promise.all([
    new Node('a', redis.url(), trusting).start(), new Node('b', redis.url().replace('localhost', '127.0.0.1'), trusting).start(),
    new Node('suspicious', redis.url()).start()]);
  await linked(a, b);
  await eventually('it says so', () => suspicious.logs(/no connection to Redis.*certificate/));
  const plain = await new Node('plain', redis.url().replace('rediss', 'redis')).start();
  await eventually('it is refused', () => plain.logs(/no connection to Redis/));
  await linked(a, b);
  await linked(suspicious);
});

test('a command line that makes no sense is refused in one line, which does not repeat the password', () => {
  const bin = process.env.BENNU_BIN ?? new URL('../../build/release/bin', import.meta.url).pathname;
  const run = (...args) => spawnSync(join(bin, 'reference'), ['--port', '0', ...args], {encoding: 'utf8', timeout: 20_000});
  for (const [says, ...args] of [
    [/needs a name/, '--redis', 'redis://localhost'],
    [/not both/, '--node', 'a', '--redis', 'redis://localhost', '--seed', 'localhost:1'],
    [/begins with redis:/, '--node', 'a', '--redis', 'http://:secret@localhost'],
    [/a port is/, '--node', 'a', '--redis', 'redis://:secret@localhost:x'],
    [/a node's name/, '--node', 'a b', '--redis', 'redis://:secret@localhost'],
    [/only with --redis/, '--node', 'a', '--redis-password-file', '/etc/hostname'],
    [/cannot read the password/, '--node', 'a', '--redis', 'redis://localhost', '--redis-password-file', '/nonexistent'],
  ]) {
    const {status, stdout, stderr} = run(...args);
    assert.deepEqual([status, stdout], [2, ''], `${args}: ${stderr}`);
    assert.match(stderr, says);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.doesNotMatch(stderr, /secret/);
  }
});

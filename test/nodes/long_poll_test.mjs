import assert from 'node:assert/strict';
import {before} from 'node:test';

import {LongPoll, clientOf, disconnected, next, response} from '../js/client.mjs';
import {startBalancer} from './lib/balancer.mjs';
import {eventually} from './lib/eventually.mjs';
import {makeNetworks} from './lib/network.mjs';
import {Node, linked, nodesTest, shout, withClient} from './lib/node.mjs';

let a, b, c;
before(async () => {
  makeNetworks();
  a = await new Node('a').start();
  b = await new Node('b', {seeds: [a]}).start();
  c = await new Node('c', {seeds: [a]}).start();
  await linked(a, b, c);
});

const test = (name, body) => nodesTest(name, body, {keep: true});

const at = (node, token = '') => `${node.url}/socket/longpoll?vsn=2.0.0&token=${token}`;
const poll = async (node, token) => (await fetch(at(node, token))).json();
const post = async (node, token, ...messages) => (await fetch(at(node, token), {
  method: 'POST',
  headers: {'content-type': 'application/x-ndjson'},
  body: messages.map((message) => JSON.stringify(message)).join('\n'),
})).json();
const heartbeat = (ref) => [null, ref, 'phoenix', 'heartbeat', {}];

/** Opens a session. @returns its token */
async function opened(node) {
  const {status, token} = await poll(node);
  assert.equal(status, 410);
  return token;
}

test('the official client behind a balancer goes on in one session, whichever node its requests reach', async () => {
  const balancer = await startBalancer([a, b, c]);
  const socket = clientOf(balancer.url, '/socket', {transport: LongPoll});
  socket.connect();
  try {
    const channel = socket.channel('room:balanced');
    let errors = 0;
    channel.onError(() => ++errors);
    await response(channel.join());
    await withClient(c, async (other) => {
      const speaker = other.channel('room:balanced');
      await response(speaker.join());
      for (let n = 0; n < 50; ++n) {
        const heard = next(channel, 'shout');
        shout(speaker, {n});
        assert.deepEqual(await heard, {n});
        assert.deepEqual(await response(channel.push('echo', {n})), {n});
      }
    });
    assert.equal(errors, 0);
  } finally {
    await disconnected(socket);
    balancer.close();
  }
});

test('a node that is cut off: requests for its sessions are answered, and new ones begin', async () => {
  const token = await opened(a);
  assert.deepEqual(await post(b, token, heartbeat('1')), {status: 200});
  assert.equal((await poll(b, token)).status, 200);
  const waiting = poll(b, token);
  a.machine.cut();
  try {
    const again = await waiting;
    assert.equal(again.status, 410);
    assert.notEqual(again.token, token);
    assert.deepEqual(await post(b, token, heartbeat('2')), {status: 410});
    assert.deepEqual(await post(b, again.token, heartbeat('3')), {status: 200});
    assert.equal((await poll(b, again.token)).messages.length, 1);
    // The session itself lives on, for requests that reach its node.
    assert.deepEqual(await post(a, token, heartbeat('4')), {status: 200});
    assert.equal((await poll(a, token)).messages.length, 1);
  } finally {
    a.machine.heal();
  }
  // If both nodes dial each other at once, one of the two connections is closed again.
  await eventually('the session is reached again', async () => (await post(c, token, heartbeat('5'))).status === 200);
  assert.equal((await poll(c, token)).messages.length, 1);
});

test('a node that is replaced: its sessions are gone, and clients begin anew at once', async () => {
  const token = await opened(c);
  const waiting = poll(a, token);
  await c.kill();
  assert.equal((await waiting).status, 410);
  await c.start();
  await linked(a, b, c);
  assert.deepEqual(await post(a, token, heartbeat('1')), {status: 410});
  const again = await opened(c);
  assert.deepEqual(await post(b, again, heartbeat('2')), {status: 200});
  assert.equal((await poll(b, again)).messages.length, 1);
});

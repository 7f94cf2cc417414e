import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Presence, next, response} from '../js/client.mjs';
import {eventually} from '../nodes/lib/eventually.mjs';
import {linked, withClient} from '../nodes/lib/node.mjs';
import {RawClient} from '../nodes/lib/raw_client.mjs';
import {killNodes, startNodes} from './lib/node.mjs';
import {Redis} from './lib/redis.mjs';

let redis, a, b, c;
before(async () => {
  redis = await new Redis().start();
  [a, b, c] = await startNodes(redis, 'a', 'b', 'c');
  await linked(a, b, c);
});
after(async () => {
  killNodes();
  await redis?.remove();
});

const joined = async (socket, topic) => {
  const channel = socket.channel(topic);
  await response(channel.join());
  return channel;
};

/** Clients of two nodes. */
const withTwo = (body, params) => withClient(a, (ana) => withClient(b, (bob) => body(ana, bob), params));

test('messages of one client arrive on other nodes complete and in order', () => withTwo(async (ana, bob) => {
  const from = await joined(ana, 'room:order');
  const to = await joined(bob, 'room:order');
  const count = 5_000;
  const heard = [];
  to.on('shout', ({n}) => heard.push(n));
  for (let n = 0; n < count; ++n) from.push('shout', {n});
  await eventually('all arrived', () => heard.length === count);
  assert.deepEqual(heard, Array.from({length: count}, (_, n) => n));
}));

test('broadcast_from leaves out its sender, and no client on other nodes', () => withTwo(async (ana, bob) => {
  const rooms = [await joined(ana, 'room:from'), await joined(bob, 'room:from')];
  const heard = [];
  rooms.forEach((room, i) => {
    for (const event of ['shout', 'shout_from']) room.on(event, ({n}) => heard.push(`${i}: ${n}`));
  });
  rooms[0].push('shout_from', {n: 1});
  rooms[0].push('shout', {n: 2});
  await eventually('all arrived', () => heard.length === 3);
  assert.deepEqual(heard.sort(), ['0: 2', '1: 1', '1: 2']);
}));

test('a client that has joined misses no later message of other nodes', () => withTwo(async (ana, bob) => {
  const speaker = await joined(ana, 'node');
  for (let n = 0; n < 100; ++n) {
    const topic = `room:new-${n}`;
    const room = await joined(bob, topic);
    const heard = next(room, 'first');
    await response(speaker.push('broadcast', {topic, event: 'first', payload: {n}}));
    assert.deepEqual(await heard, {n});
    await response(room.leave());
  }
}));

test('a node without a subscriber gets nothing', () => withTwo(async (ana, bob) => {
  const from = await joined(ana, 'room:quiet');
  const to = await joined(bob, 'room:quiet');
  const sent = async () => [(await a.info('b')).sent, (await a.info('c')).sent];
  const before = await sent();
  const heard = next(to, 'shout');
  from.push('shout', {});
  await heard;
  assert.deepEqual(await sent(), [before[0] + 1, before[1]]);
}));

test('a local broadcast stays on its node, a direct one goes to the node that it names', () => withTwo(async (ana, bob) => {
  const speaker = await joined(ana, 'node');
  const heard = [];
  for (const [name, socket] of Object.entries({a: ana, b: bob})) {
    const room = await joined(socket, 'room:ways');
    for (const way of ['local', 'direct', 'end']) room.on(way, () => heard.push(`${way} on ${name}`));
  }
  const to = {topic: 'room:ways', payload: {}};
  await response(speaker.push('local_broadcast', {...to, event: 'local'}));
  await response(speaker.push('direct_broadcast', {...to, event: 'direct', node: 'b'}));
  await response(speaker.push('direct_broadcast', {...to, event: 'direct', node: 'nobody'}), 'error');
  await response(speaker.push('broadcast', {...to, event: 'end'}));
  await eventually('all heard the end', () => heard.filter((line) => line.startsWith('end')).length === 2);
  assert.deepEqual(heard.sort(), ['direct on b', 'end on a', 'end on b', 'local on a']);
}));

test('a large message arrives whole', () => withTwo(async (ana, bob) => {
  const rooms = [await joined(ana, 'room:large'), await joined(bob, 'room:large')];
  const text = 'x'.repeat(900_000);
  const heard = next(rooms[1], 'shout');
  rooms[0].push('shout', {text});
  assert.equal((await heard).text, text);
}));

test('a disconnect broadcast closes the sockets of a user on all nodes', () => withTwo(async (ana, bob) => {
  const closed = new Promise((resolve) => bob.onClose(resolve));
  await joined(bob, 'room:lobby');
  const room = await joined(ana, 'room:lobby');
  // A socket's id is not waited for as a join is: see the guide.
  await eventually('it is closed', async () => {
    await response(room.push('disconnect', {id: 'user_socket:bob'}));
    return Promise.race([closed.then(() => true), new Promise((resolve) => setTimeout(resolve, 50, false))]);
  });
}, {user: 'bob'}));

test('a user who is present on one node is present on all, until the user leaves or the node is lost', () =>
  withClient(a, (ana) => withClient(b, async (bob) => {
    const seen = {};
    for (const [name, socket] of Object.entries({ana, bob})) {
      const channel = socket.channel('presence:lobby');
      const presence = new Presence(channel);
      seen[name] = () => presence.list((key) => key).sort();
      await response(channel.join());
    }
    const see = (...names) => eventually(`ana and bob see ${names}`, () =>
      [seen.ana(), seen.bob()].every((list) => list.join() === names.join()));
    await see('ana', 'bob');
    await withClient(c, async (carl) => {
      await joined(carl, 'presence:lobby');
      await see('ana', 'bob', 'carl');
    }, {user: 'carl'});
    await see('ana', 'bob');
    await withClient(c, async (carl) => {
      await joined(carl, 'presence:lobby');
      await see('ana', 'bob', 'carl');
      await c.end('SIGKILL');
      await see('ana', 'bob');
    }, {user: 'carl'});
  }, {user: 'bob'}), {user: 'ana'}));

test('JSON that JavaScript would change passes through Redis as the server reads it', async () => {
  const topic = 'room:exact';
  const [from, to] = await Promise.all([a, b].map((node) => RawClient.connect(node, topic)));
  // Integers beyond 64 bits keep their digits; of a name that comes twice the last value counts, in the first place.
  from.push('shout', '{"n":123456789012345678901234567890,"twice":1,"other":-98765432109876543210,"twice":[2]}');
  const frame = await to.next('shout');
  assert.equal(frame, `[null,null,"${topic}","shout",` +
    '{"n":123456789012345678901234567890,"twice":[2],"other":-98765432109876543210}]');
  from.close();
  to.close();
});

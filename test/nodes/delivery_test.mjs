import assert from 'node:assert/strict';
import {before} from 'node:test';

import {next, response} from '../js/client.mjs';
import {eventually} from './lib/eventually.mjs';
import {makeNetworks} from './lib/network.mjs';
import {Node, linked, nodesTest, shout, withClient} from './lib/node.mjs';
import {RawClient} from './lib/raw_client.mjs';

let a, b, c;
before(async () => {
  makeNetworks();
  a = await new Node('a').start();
  b = await new Node('b', {seeds: [a]}).start();
  c = await new Node('c', {seeds: [a]}).start();
  await linked(a, b, c);
});

const test = (name, body) => nodesTest(name, body, {keep: true});

const joined = async (socket, topic) => {
  const channel = socket.channel(topic);
  await response(channel.join());
  return channel;
};

test('messages of each of several clients arrive on another node complete and in order', async () => {
  await withClient(a, async (ana) => withClient(c, async (carl) => withClient(b, async (bob) => {
    const speakers = {ana: await joined(ana, 'room:order'), carl: await joined(carl, 'room:order')};
    const to = await joined(bob, 'room:order');
    const count = 2_500;
    const heard = {ana: [], carl: []};
    to.on('shout', ({from, n}) => heard[from].push(n));
    for (let n = 0; n < count; ++n) {
      for (const [from, room] of Object.entries(speakers)) shout(room, {from, n});
    }
    await eventually('all arrived', () => heard.ana.length === count && heard.carl.length === count);
    const inOrder = Array.from({length: count}, (_, n) => n);
    assert.deepEqual(heard, {ana: inOrder, carl: inOrder});
  })));
});

test('a client that has joined misses no later message of other nodes', async () => {
  await withClient(a, async (ana) => withClient(b, async (bob) => {
    const speaker = await joined(ana, 'node');
    for (let n = 0; n < 200; ++n) {
      const topic = `room:new-${n}`;
      const room = await joined(bob, topic);
      const heard = next(room, 'first');
      await response(speaker.push('broadcast', {topic, event: 'first', payload: {n}}));
      assert.deepEqual(await heard, {n});
      await response(room.leave());
    }
  }));
});

test('a node without a subscriber gets nothing', async () => {
  await withClient(a, async (ana) => withClient(b, async (bob) => withClient(c, async (carl) => {
    const [quiet, loud] = [await joined(ana, 'room:quiet'), await joined(ana, 'room:loud')];
    const [quietThere, loudThere] = [await joined(bob, 'room:quiet'), await joined(carl, 'room:loud')];
    const delivered = () => Promise.all([b, c].map((node) => node.metric('bennu_broadcasts_total')));
    // Repeated if there were other messages meanwhile, such as from a client of the previous test that left late.
    await eventually('a shout in each room reaches the node that has somebody there, and no other', async () => {
      const before = await delivered();
      const heard = Promise.all([next(quietThere, 'shout'), next(loudThere, 'shout')]);
      shout(quiet, {});
      shout(loud, {});
      await heard;
      // Messages from a to a node arrive in order. So after the last one, no earlier one is still on its way.
      const heardLast = Promise.all([next(quietThere, 'shout'), next(loudThere, 'shout')]);
      shout(quiet, {});
      shout(loud, {});
      await heardLast;
      const [onB, onC] = (await delivered()).map((count, i) => count - before[i]);
      return onB === 2 && onC === 2;
    });
  })));
});

test('a local broadcast stays on its node, a direct one goes to the node that it names', async () => {
  await withClient(a, async (ana) => withClient(b, async (bob) => withClient(c, async (carl) => {
    const speaker = await joined(ana, 'node');
    const heard = [];
    for (const [name, socket] of Object.entries({a: ana, b: bob, c: carl})) {
      const room = await joined(socket, 'room:ways');
      room.on('local', () => heard.push(`local on ${name}`));
      room.on('direct', () => heard.push(`direct on ${name}`));
      room.on('end', () => heard.push(`end on ${name}`));
    }
    const to = {topic: 'room:ways', payload: {}};
    await response(speaker.push('local_broadcast', {...to, event: 'local'}));
    await response(speaker.push('direct_broadcast', {...to, event: 'direct', node: 'b'}));
    await response(speaker.push('direct_broadcast', {...to, event: 'direct', node: 'a'}));
    await response(speaker.push('direct_broadcast', {...to, event: 'direct', node: 'nobody'}), 'error');
    await response(speaker.push('broadcast', {...to, event: 'end'}));
    await eventually('all heard the end', () => heard.filter((line) => line.startsWith('end')).length === 3);
    assert.deepEqual(heard.sort(), ['direct on a', 'direct on b', 'end on a', 'end on b', 'end on c', 'local on a']);
  })));
});

test('published messages reach channels on other nodes', async () => {
  await withClient(a, async (ana) => withClient(b, async (bob) => {
    const from = await joined(ana, 'room:publisher');
    const to = await joined(bob, 'room:reader');
    await response(to.push('subscribe', {topic: 'news'}));
    let heard = 0;
    to.on('pubsub', () => ++heard);
    // A channel that subscribes besides its join does not wait for the other nodes to know: see the guide.
    await eventually('it arrives', async () => {
      await response(from.push('publish', {topic: 'news', message: {n: 1}}));
      return heard > 0;
    });
  }));
});

test('a disconnect broadcast closes the sockets of a user on all nodes', async () => {
  await withClient(a, async (ana) => withClient(b, async (bob) => {
    const closed = new Promise((resolve) => bob.onClose(resolve));
    await joined(bob, 'room:lobby');
    const room = await joined(ana, 'room:lobby');
    await response(room.push('disconnect', {id: 'user_socket:bob'}));
    await closed;
  }, {user: 'bob'}));
});

test('JSON that JavaScript would change passes between nodes as the server reads it', async () => {
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

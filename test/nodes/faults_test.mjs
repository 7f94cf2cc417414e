import assert from 'node:assert/strict';
import {after, afterEach, before, test} from 'node:test';

import {next, response} from '../js/client.mjs';
import {eventually} from './lib/eventually.mjs';
import {makeNetworks} from './lib/network.mjs';
import {Node, killAll, linked, withClient} from './lib/node.mjs';

// The nodes' own timeout is 4 s.
const noticedWithinMs = 8_000;

before(makeNetworks);
afterEach(killAll);
after(killAll);

/** Three nodes that are linked to each other. */
async function threeNodes() {
  const a = await new Node('a').start();
  const [b, c] = await Promise.all(['b', 'c'].map((name) => new Node(name, {seeds: [a]}).start()));
  await linked(a, b, c);
  return [a, b, c];
}

const isGone = (node, name) => eventually(`${node.name} misses ${name}`, async () => !(await node.namesUp()).includes(name),
  noticedWithinMs);

/** Joins a room on two nodes, and returns how long a broadcast takes from the one to the other, and to a local client. */
async function broadcastReaches(from, to, body = async () => {}) {
  await withClient(from, async (ana) => withClient(to, async (bob) => {
    const rooms = [ana, bob].map((socket) => socket.channel('room:lobby'));
    for (const room of rooms) await response(room.join());
    const heard = next(rooms[1], 'shout');
    rooms[0].push('shout', {text: 'land'});
    assert.deepEqual(await heard, {text: 'land'});
    await body(...rooms);
  }));
}

test('a node that is killed is missed, and the others go on', async () => {
  const [a, b, c] = await threeNodes();
  await b.kill();
  await Promise.all([isGone(a, 'b'), isGone(c, 'b')]);
  await broadcastReaches(a, c);
});

test('a node that was killed and comes back under its name is another run, and hears the others', async () => {
  const [a, b, c] = await threeNodes();
  const {run} = await a.info('b');
  await b.kill();
  await b.start();
  await linked(a, b, c);
  assert.notEqual((await a.info('b')).run, run);
  await broadcastReaches(a, b);
});

test('a node that comes back before it was missed takes the place of its old run', async () => {
  const [a, b, c] = await threeNodes();
  const {run} = await a.info('b');
  b.machine.cut();  // so that its end is not heard of
  await b.kill();
  b.machine.heal();
  await b.start();
  await eventually('a knows the new run', async () => {
    const info = await a.info('b');
    return info.state === 'up' && info.run !== run;
  });
  await linked(a, b, c);
  await broadcastReaches(b, a);
});

test('a node that is stopped is missed, does not hold up the others meanwhile, and comes back', async () => {
  const [a, b, c] = await threeNodes();
  await withClient(b, async (socket) => {
    await response(socket.channel('room:lobby').join());  // so that b wants what the others say
    b.signal('SIGSTOP');
    const since = Date.now();
    await broadcastReaches(a, c);
    assert.ok(Date.now() - since < noticedWithinMs / 2, 'a broadcast did not wait for the stopped node');
    await Promise.all([isGone(a, 'b'), isGone(c, 'b')]);
    b.signal('SIGCONT');
    await linked(a, b, c);
    await broadcastReaches(a, b);
  });
});

test('a cut link is noticed on both sides; when it heals, both hear each other again', async () => {
  const [a, b, c] = await threeNodes();
  await withClient(b, async (socket) => {
    const room = socket.channel('room:lobby');
    await response(room.join());
    b.machine.cut();
    await Promise.all([isGone(a, 'b'), isGone(c, 'b'), isGone(b, 'a'), isGone(b, 'c')]);
    await broadcastReaches(a, c);
    b.machine.heal();
    await linked(a, b, c);
    const heard = next(room, 'shout');
    await broadcastReaches(a, c);
    assert.deepEqual(await heard, {text: 'land'});
  });
});

for (const [how, lose] of [['is killed', (node) => node.kill()], ['is cut off', (node) => node.machine.cut()]]) {
  test(`whoever watches an actor of a node that ${how} hears that there is no connection`, async () => {
    const [a, b] = await threeNodes();
    await withClient(a, async (socket) => {
      const channel = socket.channel('node');
      await response(channel.join());
      const watching = next(channel, 'watching');
      await response(channel.push('watch', {node: 'b'}));
      assert.deepEqual(await watching, {found: true});
      const down = next(channel, 'down');
      const since = Date.now();
      await lose(b);
      assert.deepEqual(await down, {reason: 'no connection'});
      assert.ok(Date.now() - since < noticedWithinMs);
    });
  });
}

test('there is no actor to watch on a node that is not up', async () => {
  const [a] = await threeNodes();
  await withClient(a, async (socket) => {
    const channel = socket.channel('node');
    await response(channel.join());
    const watching = next(channel, 'watching');
    await response(channel.push('watch', {node: 'nobody'}));
    assert.deepEqual(await watching, {found: false});
  });
});

test('a node that is asked to end leaves at once, and is not looked for', async () => {
  const [a, b, c] = await threeNodes();
  assert.equal(await b.stop(), 0);
  await linked(a, c);
  assert.equal(await a.info('b'), undefined);
});

test('what waits for a node that does not take it has a limit, and what is beyond is dropped and counted', async () => {
  const [a, b] = await threeNodes();
  await withClient(b, async (socket) => {
    await response(socket.channel('room:lobby').join());
    await withClient(a, async (ana) => {
      const room = ana.channel('room:lobby');
      await response(room.join());
      b.signal('SIGSTOP');
      const count = 90;
      const text = 'x'.repeat(900_000);
      let heard = 0;
      room.on('shout', () => ++heard);
      for (let i = 0; i < count; ++i) room.push('shout', {text});
      await eventually('the local client heard all', () => heard === count);
      const {lost} = await a.info('b');
      assert.ok(lost > 0 && lost < count, `${lost} lost`);
      b.signal('SIGCONT');
    });
  });
});

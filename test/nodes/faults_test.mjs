import assert from 'node:assert/strict';
import {before} from 'node:test';

import {next, response} from '../js/client.mjs';
import {eventually} from './lib/eventually.mjs';
import {makeNetworks} from './lib/network.mjs';
import {Node, linked, nodesTest as test, shout, withClient} from './lib/node.mjs';

/** Longer than a test runs, so that no node is reported lost. */
const foreverMs = 3_600_000;

before(makeNetworks);

/** Three nodes that are linked to each other. */
async function threeNodes(options = {}) {
  const a = await new Node('a', options).start();
  const [b, c] = await Promise.all(['b', 'c'].map((name) => new Node(name, {...options, seeds: [a]}).start()));
  await linked(a, b, c);
  return [a, b, c];
}

const isGone = (node, name) => eventually(`${node.name} misses ${name}`, async () => !(await node.namesUp()).includes(name));

const joined = async (socket, topic) => {
  const channel = socket.channel(topic);
  await response(channel.join());
  return channel;
};

/** A client of one node sends a message, and a client of another one receives it. */
async function broadcastReaches(from, to) {
  await withClient(from, async (ana) => withClient(to, async (bob) => {
    const rooms = [await joined(ana, 'room:lobby'), await joined(bob, 'room:lobby')];
    const heard = next(rooms[1], 'shout');
    shout(rooms[0], {text: 'land'});
    assert.deepEqual(await heard, {text: 'land'});
  }));
}

test('a node that is killed is missed, and the others go on, with the link they have', async () => {
  const [a, b, c] = await threeNodes();
  await b.kill();
  await Promise.all([isGone(a, 'b'), isGone(c, 'b')]);
  await broadcastReaches(a, c);
  assert.deepEqual([a, c].flatMap(({log}) => log.filter((line) => / node [ac] is down/.test(line))), []);
});

test('a node that was killed and restarted under its name is another incarnation, and gets all messages', async () => {
  const [a, b, c] = await threeNodes();
  const {run} = await a.info('b');
  await b.kill();
  await b.start();
  await linked(a, b, c);
  assert.notEqual((await a.info('b')).run, run);
  await broadcastReaches(a, b);
});

test('a node that comes back before it was missed takes the place of its old run', async () => {
  const [a, b, c] = await threeNodes({timeoutMs: foreverMs});
  const {run} = await a.info('b');
  b.machine.cut();  // so that a does not notice its end
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

test('a stopped node holds up no broadcast, also before it is missed', async () => {
  const [a, b, c] = await threeNodes({timeoutMs: foreverMs});
  await withClient(a, async (ana) => withClient(b, async (bob) => withClient(c, async (carl) => {
    const [room, , roomThere] = [await joined(ana, 'room:lobby'), await joined(bob, 'room:lobby'), await joined(carl, 'room:lobby')];
    b.signal('SIGSTOP');
    const heard = [next(room, 'shout'), next(roomThere, 'shout')];
    shout(room, {n: 1});
    assert.deepEqual(await Promise.all(heard), [{n: 1}, {n: 1}]);
    b.signal('SIGCONT');
    await eventually('b goes on', async () => (await b.namesUp()).length === 2);
  })));
});

test('a stopped node holds up a join for a while, and the next ones not at all', async () => {
  const [a, b] = await threeNodes({timeoutMs: foreverMs, interestMs: 500});
  b.signal('SIGSTOP');
  await withClient(a, async (socket) => {
    for (let i = 0; i < 20; ++i) await joined(socket, `room:${i}`);
    assert.deepEqual(await a.namesUp(), ['b', 'c']);
  });
});

test('a stopped node is missed after its timeout, and comes back when it goes on', async () => {
  const [a, b, c] = await threeNodes();
  b.signal('SIGSTOP');
  await Promise.all([isGone(a, 'b'), isGone(c, 'b')]);
  b.signal('SIGCONT');
  await linked(a, b, c);
  await broadcastReaches(a, b);
});

test('a cut link is noticed on both sides; when it heals, both get messages again', async () => {
  const [a, b, c] = await threeNodes();
  await withClient(b, async (bob) => {
    const room = await joined(bob, 'room:lobby');
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

test('messages that are lost with a link are counted; none arrives twice or out of order, however often it breaks', async () => {
  const a = await new Node('a', {timeoutMs: 1_000}).start();
  const b = await new Node('b', {timeoutMs: 1_000, seeds: [a]}).start();
  await linked(a, b);
  await withClient(a, async (ana) => withClient(b, async (bob) => {
    const heard = [];
    (await joined(bob, 'room:lobby')).on('shout', ({n}) => heard.push(n));
    const from = await joined(ana, 'room:lobby');
    let n = 0;
    const say = async (count) => {
      for (const until = n + count; n < until; ++n) shout(from, {n});
      await response(from.push('echo', {}));  // all were handled
    };
    for (let round = 0; round < 3; ++round) {
      await say(20);
      await eventually('b heard all', () => heard.at(-1) === n - 1);
      const before = await a.info('b');
      b.machine.cut();
      await say(20);
      await Promise.all([isGone(a, 'b'), isGone(b, 'a')]);
      const {lost, unconfirmed} = await a.info('b');
      const counted = lost - before.lost + unconfirmed - before.unconfirmed;
      // Some of the last ones may not have been sent: a had noticed the loss of b by then, and no node wanted them.
      assert.ok(counted > 0, 'messages on their way are counted');
      b.machine.heal();
      await linked(a, b);
    }
    await say(1);
    await eventually('b hears again', () => heard.at(-1) === n - 1);
    assert.deepEqual(heard, [...new Set(heard)].sort((one, other) => one - other));
  }));
});

for (const [how, lose] of [['is killed', (node) => node.kill()], ['is cut off', (node) => node.machine.cut()]]) {
  test(`whoever watches an actor of a node that ${how} hears that there is no connection`, async () => {
    const [a, b] = await threeNodes();
    await withClient(a, async (socket) => {
      const channel = await joined(socket, 'node');
      const watching = next(channel, 'watching');
      await response(channel.push('watch', {node: 'b'}));
      assert.deepEqual(await watching, {found: true});
      const down = next(channel, 'down');
      await lose(b);
      assert.deepEqual(await down, {reason: 'no connection'});
    });
  });
}

test('the time until the loss of an actor is noticed can be configured', async () => {
  const pair = async (name, timeoutMs) => {
    const one = await new Node(`${name}1`, {timeoutMs}).start();
    const other = await new Node(`${name}2`, {timeoutMs, seeds: [one]}).start();
    await linked(one, other);
    return [one, other];
  };
  const [[quick, itsPeer], [patient, theirPeer]] = await Promise.all([pair('quick', 1_000), pair('patient', foreverMs)]);
  await withClient(quick, async (one) => withClient(patient, async (other) => {
    const heard = [];
    for (const [socket, node] of [[one, 'quick2'], [other, 'patient2']]) {
      const channel = await joined(socket, 'node');
      channel.on('down', () => heard.push(node));
      const watching = next(channel, 'watching');
      await response(channel.push('watch', {node}));
      assert.deepEqual(await watching, {found: true});
    }
    theirPeer.machine.cut();
    itsPeer.machine.cut();
    await eventually('the quick one hears', () => heard.length > 0);
    assert.deepEqual(heard, ['quick2']);
    assert.deepEqual(await patient.namesUp(), ['patient2']);
  }));
});

test('there is no actor to watch on a node that is not up', async () => {
  const a = await new Node('a').start();
  await withClient(a, async (socket) => {
    const channel = await joined(socket, 'node');
    const watching = next(channel, 'watching');
    await response(channel.push('watch', {node: 'nobody'}));
    assert.deepEqual(await watching, {found: false});
  });
});

test('a node that is asked to end leaves at once, and is not looked for', async () => {
  const [a, b, c] = await threeNodes({timeoutMs: foreverMs});
  assert.equal(await b.stop(), 0);
  await linked(a, c);
  await eventually('a has forgotten it', async () => (await a.info('b')) === undefined);
});

test('messages for a node that does not read have a limit; those beyond are dropped, and counted', async () => {
  const [a, b] = await threeNodes({timeoutMs: foreverMs});
  await withClient(b, async (bob) => withClient(a, async (ana) => {
    await joined(bob, 'audit');  // a channel that sends nothing itself
    const speaker = await joined(ana, 'node');
    const [lostBefore, deliveredBefore] = [(await a.info('b')).lost, await b.metric('bennu_broadcasts_total')];
    b.signal('SIGSTOP');
    const count = 90;
    const text = 'x'.repeat(900_000);
    const limit = 64 * 1024 * 1024;
    for (let n = 0; n < count; ++n) {
      await response(speaker.push('broadcast', {topic: 'audit', event: 'shout', payload: {n, text}}));
    }
    const {waiting, lost} = await a.info('b');
    // Messages of other kinds wait too, so the number of waiting messages does not give their bytes.
    const kept = count - (lost - lostBefore);
    const onTheirWay = 4 * 1024 * 1024 + text.length;
    assert.ok(waiting > 0, 'some wait');
    assert.ok(kept * text.length <= limit + onTheirWay, `${kept} are kept`);
    assert.ok(lost > lostBefore, 'some were dropped');
    b.signal('SIGCONT');
    await eventually('the rest arrives', async () => (await b.metric('bennu_broadcasts_total')) - deliveredBefore === kept);
  }));
});

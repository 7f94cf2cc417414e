import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';

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

async function twoNodes() {
  redis = await new Redis().start();
  const [a, b] = await startNodes(redis, 'a', 'b');
  await linked(a, b);
  return [a, b];
}

const isAlone = (node) => eventually(`${node.name} is alone`, async () => (await node.namesUp()).length === 0);

/** Waits until messages of one node arrive on the other. */
const reaches = (from, to) => withClient(from, (ana) => withClient(to, async (bob) => {
  const rooms = [ana, bob].map((socket) => socket.channel('room:lobby'));
  for (const room of rooms) await response(room.join());
  const heard = next(rooms[1], 'shout');
  rooms[0].push('shout', {text: 'land'});
  assert.deepEqual(await heard, {text: 'land'});
}));

/** Waits until messages of one node arrive there. */
const worksAlone = (node) => reaches(node, node);

test('if Redis is killed, nodes are alone, and find each other again when it is back', async () => {
  const [a, b] = await twoNodes();
  await withClient(b, async (socket) => {
    const room = socket.channel('room:lobby');
    await response(room.join());
    await redis.kill();
    await Promise.all([a, b].map(isAlone));
    await worksAlone(a);
    await redis.start();
    await linked(a, b);
    const heard = next(room, 'shout');
    await worksAlone(a);
    assert.deepEqual(await heard, {text: 'land'}, 'who was there throughout hears the other node again');
  });
  await reaches(b, a);
});

test('if Redis is stopped, nodes lose each other, go on alone meanwhile, and find each other again', async () => {
  const [a, b] = await twoNodes();
  await withClient(b, async (socket) => {
    await response(socket.channel('room:lobby').join());  // so that b wants the broadcasts of a
    redis.signal('SIGSTOP');
    await worksAlone(a);
    await Promise.all([a, b].map(isAlone));
    redis.signal('SIGCONT');
    await linked(a, b);
    await reaches(a, b);
    await reaches(b, a);
  });
});

test('if Redis ends the connections, nodes make new ones', async () => {
  const [a, b] = await twoNodes();
  for (const kind of ['pubsub', 'normal']) {
    assert.match(await redis.command('CLIENT', 'KILL', 'TYPE', kind, 'SKIPME', 'yes'), /^:[1-9]/);
    await eventually('they have noticed', () => [a, b].every((node) => node.logs(/is down/)));
    [a, b].forEach((node) => node.log.splice(0));
    await linked(a, b);
    await reaches(a, b);
  }
});

test('a node that starts before Redis looks for it', async () => {
  redis = await new Redis().start();
  const [a] = await startNodes(redis, 'a');
  await redis.kill();
  const b = await new Node('b', redis.url()).start();
  await eventually('b says so', () => b.logs(/no connection to Redis at localhost:\d+/));
  await worksAlone(b);
  await redis.start();
  await linked(a, b);
  await reaches(a, b);
});

test('a node that is killed is missed; one that comes back under its name is another run', async () => {
  const [a, b] = await twoNodes();
  const {run} = await a.info('b');
  await b.end('SIGKILL');
  await isAlone(a);
  await b.start();
  await linked(a, b);
  assert.notEqual((await a.info('b')).run, run);
  await reaches(a, b);
});

test('a node that is asked to end leaves at once, and is not known any more', async () => {
  const [a, b] = await twoNodes();
  assert.equal(await b.end('SIGTERM'), 0);
  await eventually('a forgets b', async () => (await a.info('b')) === undefined, 2_000);
});

test('messages that wait for a stopped node are lost when its loss is noticed, and counted; and the node comes back', async () => {
  const [a, b] = await twoNodes();
  await withClient(b, async (socket) => {
    await response(socket.channel('room:lobby').join());
    await withClient(a, async (ana) => {
      const room = ana.channel('room:lobby');
      await response(room.join());
      b.signal('SIGSTOP');
      const count = 20;  // four times as many as may be on their way
      for (let i = 0; i < count; ++i) {
        const heard = next(room, 'shout');
        room.push('shout', {text: 'x'.repeat(900_000)});
        await heard;
      }
      await isAlone(a);
      const {lost} = await a.info('b');
      assert.ok(lost > 0 && lost < count, `${lost} lost`);
      b.signal('SIGCONT');
      await linked(a, b);
    });
    await reaches(a, b);
  });
});

test('a rolling restart keeps a client that is connected to another node in touch', async () => {
  const [a, b] = await twoNodes();
  await withClient(a, async (socket) => {
    const room = socket.channel('room:lobby');
    await response(room.join());
    for (let round = 0; round < 2; ++round) {
      assert.equal(await b.end('SIGTERM'), 0);
      await b.start();
      await linked(a, b);
      const heard = next(room, 'shout');
      await worksAlone(b);
      assert.deepEqual(await heard, {text: 'land'});
    }
  });
});

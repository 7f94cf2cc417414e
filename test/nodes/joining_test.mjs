import assert from 'node:assert/strict';
import {before} from 'node:test';

import {next, response} from '../js/client.mjs';
import {Machine, makeNetworks, nameAddresses} from './lib/network.mjs';
import {Node, clusterPort, file, linked, nodesTest as test, shout, withClient} from './lib/node.mjs';

before(makeNetworks);

test('a node that knows one seed learns of all', async () => {
  const a = await new Node('a').start();
  const b = await new Node('b', {seeds: [a]}).start();
  const c = await new Node('c', {seeds: [b]}).start();
  await linked(a, b, c);
  assert.deepEqual((await c.nodes()).name, 'c');
});

test('two nodes that start at once, with each other as seed, have one link', async () => {
  const a = new Node('a');
  const b = new Node('b', {seeds: [a]});
  a.seeds = [b];
  await Promise.all([a.start(), b.start()]);
  await linked(a, b);
});

test('a seed may be a name with many addresses, including that of the node itself and unused ones', async () => {
  const machines = [...Array(4)].map(() => new Machine());
  nameAddresses('seeds.test', machines.map(({nodeHost}) => nodeHost), file('hosts', ''));
  const seeds = [`seeds.test:${clusterPort}`];
  const nodes = ['a', 'b', 'c'].map((name, i) => new Node(name, {machine: machines[i], seeds}));
  await Promise.all(nodes.map((node) => node.start()));
  await linked(...nodes);
});

test('broadcasts of one node arrive on the others', async () => {
  const a = await new Node('a').start();
  const b = await new Node('b', {seeds: [a]}).start();
  await linked(a, b);
  await withClient(a, async (ana) => withClient(b, async (bob) => {
    const rooms = [ana, bob].map((socket) => socket.channel('room:lobby'));
    for (const room of rooms) await response(room.join());
    const heard = next(rooms[1], 'shout');
    shout(rooms[0], {text: 'land'});
    assert.deepEqual(await heard, {text: 'land'});
  }));
});

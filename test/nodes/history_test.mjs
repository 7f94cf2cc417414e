import assert from 'node:assert/strict';
import {before} from 'node:test';

import {response} from '../js/client.mjs';
import {startBalancer} from './lib/balancer.mjs';
import {eventually} from './lib/eventually.mjs';
import {Follower, upTo} from './lib/follower.mjs';
import {makeNetworks} from './lib/network.mjs';
import {Node, linked, nodesTest as test, shout, withClient} from './lib/node.mjs';

before(makeNetworks);

async function startNodes() {
  const nodes = [new Node('a'), new Node('b'), new Node('c')];
  for (const node of nodes) node.seeds = nodes.filter((other) => other !== node);
  await Promise.all(nodes.map((node) => node.start()));
  await linked(...nodes);
  return nodes;
}

const joined = async (socket, topic) => {
  const room = socket.channel(topic);
  await response(room.join());
  return room;
};

const sorted = (list) => [...list].sort((x, y) => x - y);

test('a client that is cut off comes back to another node, and gets exactly what it missed of all nodes', async () => {
  const [a, b, c] = await startNodes();
  const ana = new Follower('log:move');
  await withClient(b, async (bob) => withClient(c, async (carl) => {
    const rooms = [await joined(bob, 'log:move'), await joined(carl, 'log:move')];
    assert.equal((await ana.come(a)).recovered, true);
    for (let n = 0; n < 10; ++n) shout(rooms[n % 2], {n});
    await eventually('ana has the first ones', () => ana.heard.length === 10);
    await ana.go();
    for (let n = 10; n < 30; ++n) shout(rooms[n % 2], {n});
    const done = [response(rooms[0].push('echo', {})), response(rooms[1].push('echo', {}))];
    await Promise.all(done);
    const answer = await ana.come(b);
    assert.equal(answer.recovered, true, JSON.stringify(answer));
    await eventually('ana has the others', () => ana.heard.length >= 30);
    for (let n = 30; n < 40; ++n) shout(rooms[n % 2], {n});
    await eventually('ana has the last ones', () => ana.heard.length >= 40);
    assert.deepEqual(sorted(ana.heard), upTo(40));
    for (const which of [0, 1]) {
      const ofOne = ana.heard.filter((n) => n % 2 === which);
      assert.deepEqual(ofOne, sorted(ofOne), 'the messages of a node are in order');
    }
    assert.ok(ana.isWhole);
    await ana.go();
  }));
});

test('a node that is killed takes nothing with it that the others have received', async () => {
  const [a, b, c] = await startNodes();
  const clients = [...Array(20)].map(() => new Follower('log:kill'));
  await withClient(b, async (bob) => withClient(c, async (carl) => {
    const rooms = [await joined(bob, 'log:kill'), await joined(carl, 'log:kill')];
    await Promise.all(clients.map((client) => client.come(a)));
    let n = 0;
    let isOver = false;
    const publishing = (async () => {
      while (!isOver) {
        for (let i = 0; i < 10; ++i, ++n) shout(rooms[n % 2], {n});
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await eventually('all hear', () => clients.every(({heard}) => heard.length > 50));
    await a.kill();
    // Each client still has what had come to its socket.
    for (const client of clients) client.go();
    await Promise.all(clients.map((client, i) => client.come(i % 2 === 0 ? b : c)));
    const later = n;
    await eventually('all hear again', () => clients.every(({heard}) => heard.at(-1) > later));
    isOver = true;
    await publishing;
    await eventually('all have all', () => clients.every(({heard}) => heard.length >= n));
    for (const client of clients) {
      assert.deepEqual(sorted(client.heard), upTo(n));
      assert.ok(client.isWhole, JSON.stringify(client.answers));
    }
    await Promise.all(clients.map((client) => client.go()));
  }));
});

test('nothing is lost while three nodes restart one after the other', async () => {
  const nodes = await startNodes();
  const balancer = await startBalancer(nodes);
  const clients = [...Array(20)].map(() => new Follower('log:rolling'));
  await Promise.all(clients.map((client) => client.come(balancer)));
  let n = 0;
  for (const node of nodes) {
    const others = nodes.filter((other) => other !== node);
    await withClient(others[0], async (bob) => {
      const room = await joined(bob, 'log:rolling');
      let isOver = false;
      const publishing = (async () => {
        while (!isOver) {
          shout(room, {n: n++});
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      assert.equal(await node.stop(), 0);
      const before = n;
      await eventually('all hear', () => clients.every(({heard}) => heard.at(-1) > before));
      await node.start();
      await linked(...nodes);
      isOver = true;
      await publishing;
      await eventually('all have all', () => clients.every(({heard}) => heard.length >= n));
    });
  }
  balancer.close();
  for (const client of clients) {
    assert.deepEqual(sorted(client.heard), upTo(n));
    assert.ok(client.isWhole, JSON.stringify(client.answers));
  }
  await Promise.all(clients.map((client) => client.go()));
});

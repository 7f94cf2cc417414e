import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {response} from '../js/client.mjs';
import {eventually} from '../nodes/lib/eventually.mjs';
import {Follower, upTo} from '../nodes/lib/follower.mjs';
import {linked, withClient} from '../nodes/lib/node.mjs';
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

test('a client comes back to another node after its own was killed, and gets exactly what it missed', async () => {
  const topic = 'log:redis';
  const ana = new Follower(topic);
  await withClient(b, async (bob) => withClient(c, async (carl) => {
    const rooms = [bob, carl].map((socket) => socket.channel(topic));
    for (const room of rooms) await response(room.join());
    assert.equal((await ana.come(a)).recovered, true);
    for (let n = 0; n < 10; ++n) rooms[n % 2].push('shout', {n}, 1_000);
    await eventually('ana has the first ones', () => ana.heard.length === 10);
    await a.end('SIGKILL');
    await ana.go();
    for (let n = 10; n < 30; ++n) rooms[n % 2].push('shout', {n}, 1_000);
    await Promise.all(rooms.map((room) => response(room.push('echo', {}))));
    const answer = await ana.come(b);
    assert.equal(answer.recovered, true, JSON.stringify(answer));
    await eventually('ana has the others', () => ana.heard.length >= 30);
    assert.deepEqual(ana.heard.sort((x, y) => x - y), upTo(30));
    assert.ok(ana.isWhole);
    await ana.go();
  }));
});

import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';

import {response} from '../js/client.mjs';
import {eventually} from '../nodes/lib/eventually.mjs';
import {linked, withClient} from '../nodes/lib/node.mjs';
import {Node, killNodes} from './lib/node.mjs';
import {Redis} from './lib/redis.mjs';
import {ThinLink} from './lib/thin_link.mjs';

let redis, link;
afterEach(async () => {
  killNodes();
  link?.stop();
  await redis?.remove();
});

test('a node behind a thin link stays linked while much data flows, in both directions', async () => {
  redis = await new Redis().start();
  link = new ThinLink(redis.port, 50_000);
  const port = await link.start();
  const a = await new Node('a', redis.url()).start();
  const b = await new Node('b', `redis://127.0.0.1:${port}`).start();
  await linked(a, b);
  await withClient(a, (ana) => withClient(b, async (bob) => {
    const rooms = [ana, bob].map((socket) => socket.channel('room:thin'));
    for (const room of rooms) await response(room.join());
    const heard = [[], []];
    rooms.forEach((room, i) => room.on('shout', ({n}) => heard[i].push(n)));
    // 900 kB in each direction: 18 seconds on this link, more than four times as long as a node may be silent.
    const text = 'x'.repeat(180_000);
    for (let n = 0; n < 5; ++n) {
      rooms[0].push('shout', {n: `a${n}`, text});
      rooms[1].push('shout', {n: `b${n}`, text});
    }
    const all = ['a0', 'a1', 'a2', 'a3', 'a4', 'b0', 'b1', 'b2', 'b3', 'b4'];
    await eventually('all has arrived', () => heard.every((one) => one.length === all.length));
    for (const one of heard) assert.deepEqual([...one].sort(), all);
  }));
  assert.ok(!a.logs(/is down/) && !b.logs(/is down|no connection/), [...a.log, ...b.log].join('\n'));
});

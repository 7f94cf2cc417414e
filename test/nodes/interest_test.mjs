import assert from 'node:assert/strict';
import {before} from 'node:test';

import {response} from '../js/client.mjs';
import {eventually} from './lib/eventually.mjs';
import {makeNetworks} from './lib/network.mjs';
import {Node, linked, nodesTest as test, withClient} from './lib/node.mjs';

before(makeNetworks);

const topicCount = 1_000;
const topicsPerSocket = 100;

/** Joins topics with as many clients as that takes. */
async function join(node, topics, body) {
  if (topics.length === 0) return body();
  return withClient(node, async (socket) => {
    await Promise.all(topics.slice(0, topicsPerSocket).map((topic) => response(socket.channel(topic).join())));
    return join(node, topics.slice(topicsPerSocket), body);
  });
}

test('of 1,000 topics with a subscriber on one of four nodes each, a node gets those that it has subscribers of', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const first = await new Node(names[0]).start();
  const nodes = [first, ...await Promise.all(names.slice(1).map((name) => new Node(name, {seeds: [first]}).start()))];
  await linked(...nodes);

  const topics = nodes.map((_, i) => Array.from({length: topicCount / nodes.length}, (_, k) => `room:${i}-${k}`));
  const joinAll = (i, body) => (i === nodes.length ? body() : join(nodes[i], topics[i], () => joinAll(i + 1, body)));
  await joinAll(0, () => withClient(first, async (socket) => {
    const speaker = socket.channel('node');
    await response(speaker.join());
    const delivered = () => Promise.all(nodes.map((node) => node.metric('bennu_broadcasts_total')));
    const before = await delivered();
    for (const topic of topics.flat()) await response(speaker.push('broadcast', {topic, event: 'news', payload: {}}));
    const each = topicCount / nodes.length;
    let got;
    await eventually('all arrived', async () => {
      got = (await delivered()).map((count, i) => count - before[i]);
      return got.slice(1).every((count) => count >= each);
    });
    const between = got.slice(1).reduce((sum, count) => sum + count, 0);
    console.log(`${topicCount} broadcasts on one of ${nodes.length} nodes: ${between} messages between nodes, not ${topicCount * 3}`);
    assert.equal(got[0], topicCount);
    // Topics are told apart by a hash of 20 bits: 1,000 have about one in common with another.
    assert.ok(between - 3 * each < topicCount / 100, `${between} messages`);
  }));
});

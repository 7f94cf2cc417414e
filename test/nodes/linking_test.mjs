import assert from 'node:assert/strict';
import {before} from 'node:test';

import {WebSocket, response} from '../js/client.mjs';
import {eventually} from './lib/eventually.mjs';
import {Machine, delayBetween, makeNetworks} from './lib/network.mjs';
import {Node, linked, nodesTest as test, withClient} from './lib/node.mjs';

before(makeNetworks);

/** Nodes on machines that are far from each other; all but the first have it as their seed. */
async function distant(names, roundTripMs) {
  const machines = names.map(() => new Machine());
  await delayBetween(machines, roundTripMs);
  const nodes = names.map((name, i) => new Node(name, {machine: machines[i]}));
  nodes.slice(1).forEach((node) => (node.seeds = [nodes[0]]));
  await nodes[0].start();
  return nodes;
}

test('two nodes link at a round trip of 800 ms', async () => {
  const nodes = await distant(['a', 'b'], 800);
  await nodes[1].start();
  await linked(...nodes);
});

test('five nodes link at a round trip of 200 ms', async () => {
  const nodes = await distant(['a', 'b', 'c', 'd', 'e'], 200);
  await Promise.all(nodes.slice(1).map((node) => node.start()));
  await linked(...nodes);
});

test('a node that accepts clients has met the others: after a join it misses no broadcast', async () => {
  const [a, b] = await distant(['a', 'b'], 100);
  const topic = 'room:start';
  await withClient(a, async (socket) => {
    const speaker = socket.channel('node');
    await response(speaker.join());
    let sent = 0;
    let isSpeaking = true;
    const speaking = (async () => {
      while (isSpeaking) {
        await response(speaker.push('broadcast', {topic, event: 'news', payload: {n: sent}}));
        sent += 1;
      }
    })();
    await b.start();
    const client = new WebSocket(`${b.url.replace('http', 'ws')}/socket/websocket?vsn=2.0.0`);
    const heard = [];
    let first = null;
    client.on('open', () => client.send(JSON.stringify(['1', '1', topic, 'phx_join', {}])));
    client.on('message', (data) => {
      const [, , , event, body] = JSON.parse(data.toString());
      if (event === 'phx_reply') first = sent + 1;  // the next one may be under way already
      if (event === 'news') heard.push(body.n);
    });
    await eventually('many were sent after the join', () => first !== null && sent > first + 200);
    isSpeaking = false;
    await speaking;
    await eventually('the last one came', () => heard.at(-1) === sent - 1);
    const expected = [...Array(sent - first)].map((_, i) => first + i);
    assert.deepEqual(heard.filter((n) => n >= first), expected);
    client.terminate();
  });
});

test('a node that was stopped for longer than its timeout comes back when it goes on', async () => {
  const a = await new Node('a', {timeoutMs: 500}).start();
  const b = await new Node('b', {timeoutMs: 500, seeds: [a]}).start();
  await linked(a, b);
  for (let round = 0; round < 3; ++round) {
    b.signal('SIGSTOP');
    await eventually('a misses b', async () => (await a.namesUp()).length === 0);
    b.signal('SIGCONT');
    await linked(a, b);
  }
});

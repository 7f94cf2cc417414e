// Measures the time until nodes are linked, and the losses of a node that has just started: node run.mjs linking.mjs.
// Not a test; for docs/performance/nodes.md. The delay is that of a switch between the nodes.
import {before, test} from 'node:test';

import {WebSocket, response} from '../js/client.mjs';
import {delayBetween, makeNetworks} from './lib/network.mjs';
import {Node, killAll, linked, withClient} from './lib/node.mjs';

before(makeNetworks);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const show = (...cells) => console.log(`| ${cells.join(' | ')} |`);

const timeOf = (line) => Date.parse(line.split(' ', 1)[0]);

/**
 * Milliseconds from when the last nodes begin to look for others until all are linked, by their logs: how long a process
 * takes to start does not count. Null if it takes over a minute.
 */
async function linkingTime(nodes) {
  await Promise.all(nodes.slice(1).map((node) => node.start()));
  const limit = pause(60_000).then(() => false);
  if (!await Promise.race([linked(...nodes).then(() => true, () => false), limit])) return null;
  const began = nodes.slice(1).map(({log}) => timeOf(log.find((line) => / listens for others/.test(line))));
  const up = nodes.flatMap(({log}) => log.filter((line) => /: node \S+ is up/.test(line)).map(timeOf));
  return Math.max(...up) - Math.min(...began);
}

async function mesh(count, roundTripMs) {
  const nodes = [...Array(count)].map((_, i) => new Node('abcdefgh'[i]));
  nodes.slice(1).forEach((node) => (node.seeds = [nodes[0]]));
  const end = await delayBetween(nodes.map(({machine}) => machine), roundTripMs);
  await nodes[0].start();
  const took = await linkingTime(nodes);
  show(`${count} nodes`, `${roundTripMs} ms`, took === null ? 'never' : `${(took / 1_000).toFixed(1)} s`);
  killAll();
  end();
}

/** One node broadcasts all the time; a client of one that has just started joins, and counts from its ok. */
async function startUp(roundTripMs) {
  const a = new Node('a');
  const b = new Node('b', {seeds: [a]});
  const end = await delayBetween([a.machine, b.machine], roundTripMs);
  await a.start();
  const topic = 'room:start';
  await withClient(a, async (socket) => {
    const speaker = socket.channel('node');
    await response(speaker.join());
    let sent = 0;
    let running = true;
    const speak = (async () => {
      while (running) {
        await response(speaker.push('broadcast', {topic, event: 'news', payload: {n: sent}}));
        sent += 1;
        await pause(5);
      }
    })();
    await b.start();
    const client = new WebSocket(`${b.url.replace('http', 'ws')}/socket/websocket?vsn=2.0.0`);
    const heard = new Set();
    let firstSent = null;
    client.on('open', () => client.send(JSON.stringify(['1', '1', topic, 'phx_join', {}])));
    client.on('message', (data) => {
      const [, , , event, body] = JSON.parse(data.toString());
      if (event === 'phx_reply' && firstSent === null) firstSent = sent + 1;  // one may be on its way
      if (event === 'news') heard.add(body.n);
    });
    await pause(5_000);
    running = false;
    await speak;
    await pause(1_000);
    let lost = 0;
    for (let n = firstSent; n < sent; ++n) lost += heard.has(n) ? 0 : 1;
    show('broadcasts lost after the first join on a new node', `${roundTripMs} ms`, `${lost} of ${sent - firstSent}`);
    client.terminate();
  });
  killAll();
  end();
}

/** How long a node that was stopped for longer than its timeout takes to come back. */
async function comeBack() {
  const a = await new Node('a').start();
  const b = await new Node('b', {seeds: [a]}).start();
  await linked(a, b);
  b.signal('SIGSTOP');
  await pause(6_000);
  const began = performance.now();
  b.signal('SIGCONT');
  while (!(await a.namesUp()).includes('b')) await pause(20);
  show('back after SIGSTOP for 6 s and SIGCONT', '0 ms', `${Math.round(performance.now() - began)} ms`);
  killAll();
}

test('linking', async () => {
  show('measurement', 'round trip', 'result');
  show('---', '---', '---');
  const meshes = [[2, 0], [2, 200], [2, 500], [2, 800], [5, 0], [5, 200]];
  for (const [count, roundTripMs] of meshes) await mesh(count, roundTripMs);
  for (const roundTripMs of [0, 100]) await startUp(roundTripMs);
  for (let i = 0; i < 3; ++i) await comeBack();
});

// Measures the cost of a message to another node: node run.mjs figures.mjs. Not a test; for docs/performance/nodes.md.
//
// A client makes a node broadcast many times, waits until the subscribers have received all broadcasts, and repeats
// this. The subscribers are on the same node, or on another one. The kernel's account has the CPU time of the servers'
// processes.
import {readFileSync} from 'node:fs';
import {before, test} from 'node:test';

import {WebSocket, response} from '../js/client.mjs';
import {makeNetworks} from './lib/network.mjs';
import {Node, killAll, linked, withClient} from './lib/node.mjs';

const ticksASecond = 100;  // of the kernel's account, on every Linux
const seconds = 5;
const payload = {text: 'x'.repeat(200)};

before(makeNetworks);

/** Seconds that a node's process has computed. */
function cpuOf(node) {
  const stat = readFileSync(`/proc/${node.child.pid}/stat`, 'utf8');
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13).map(Number);
  return (user + system) / ticksASecond;
}

/** A client that only counts its messages. */
class Subscriber {
  frames = 0;

  constructor(node, topic) {
    this.socket = new WebSocket(`${node.url.replace('http', 'ws')}/socket/websocket?vsn=2.0.0`, {perMessageDeflate: false});
    this.joined = new Promise((resolve) => this.socket.once('message', resolve));
    this.socket.on('message', () => {
      if (++this.frames === this.awaited) this.reached();
    });
    this.socket.once('open', () => this.socket.send(JSON.stringify(['1', '1', topic, 'phx_join', {}])));
  }

  /** Resolves when this number of messages has arrived. */
  count(frames) {
    this.awaited = frames;
    return new Promise((resolve) => {
      this.reached = resolve;
      if (this.frames >= frames) resolve();
    });
  }
}

async function measure(nodes, at, subscriberCount, times) {
  const topic = 'room:figures';
  const subscribers = Array.from({length: subscriberCount}, () => new Subscriber(at, topic));
  await Promise.all(subscribers.map(({joined}) => joined));
  return withClient(nodes[0], async (socket) => {
    const speaker = socket.channel('node');
    await response(speaker.join());
    let sent = 0;
    const round = async () => {
      sent += times;
      await response(speaker.push('broadcast', {topic, event: 'news', payload, times}));
      await Promise.all(subscribers.map((each) => each.count(sent + 1)));
    };
    await round();
    const before = nodes.map(cpuOf);
    const [began, sentBefore] = [performance.now(), sent];
    while (performance.now() - began < seconds * 1_000) await round();
    const took = (performance.now() - began) / 1_000;
    const cpu = nodes.map((node, i) => cpuOf(node) - before[i]);
    const broadcasts = sent - sentBefore;
    for (const {socket: each} of subscribers) each.terminate();
    return {broadcasts, perSecond: broadcasts / took, cpu: cpu.map((s) => (s / broadcasts) * 1e6)};
  });
}

test('figures', async () => {
  const a = await new Node('a', {logLevel: 'warning'}).start();
  const b = await new Node('b', {seeds: [a], logLevel: 'warning'}).start();
  await linked(a, b);
  console.log('| subscribers | where | broadcasts/s | CPU a broadcast, µs: sender | other node | a delivery, both |');
  console.log('|---|---|---|---|---|---|');
  for (const [count, times] of [[1, 20_000], [100, 200]]) {
    for (const [where, at] of [['same node', a], ['other node', b]]) {
      const {perSecond, cpu} = await measure([a, b], at, count, times);
      const cells = [count, where, Math.round(perSecond), cpu[0].toFixed(1), cpu[1].toFixed(1),
        ((cpu[0] + cpu[1]) / count).toFixed(2)];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
  killAll();
});

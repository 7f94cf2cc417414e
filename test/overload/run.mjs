// Measures the cost of clients that do not read for those that read:
//   node run.mjs [--seconds N] [--readers N] [--sleepers N] [--rate N] [--size N] [--policies close_with,drop_oldest]
//
// One client makes `rate` broadcasts of `size` bytes a second. First all other clients are readers. Then, for each
// policy, there are also sleepers, which join and do not read. The script prints the messages that the readers
// received, their delay, and the server's memory. It fails if a reader missed a message, if the sleepers' limits did
// not bound the memory, or if messages that the sleepers did not read were neither dropped, counted and reported, nor
// closed their connections. With the policy catch_up, the sleepers have to get everything when they read again. The
// delay is only reported.
import {fileURLToPath} from 'node:url';
import {join} from 'node:path';
import {parseArgs} from 'node:util';

import {Server} from '../soak/lib/server.mjs';
import {Subscriber} from './subscriber.mjs';

const numbers = {seconds: '60', readers: '900', sleepers: '100', rate: '30', size: '8000'};
const {values} = parseArgs({options: {
  ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, {type: 'string', default: value}])),
  policies: {type: 'string', default: 'close_with,drop_newest,drop_oldest,keep_latest,catch_up'},
}});
const [seconds, readers, sleepers, rate, size] = Object.keys(numbers).map((name) => Number(values[name]));
const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../build/release/bin', import.meta.url));

/** The memory for one client that does not read, in MB: its outbox, and some for the server itself. */
const limitMb = {close_with: 8, drop_newest: 1.1, drop_oldest: 1.1, keep_latest: 1.1, catch_up: 1.1};
/** The memory of a broadcast that is kept: its value and its frames, as a multiple of its size. */
const keptCopies = 4;
const baseMb = 24;
const keys = 16;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Waits until it holds, or for as long as it takes a busy machine. */
async function eventually(holds) {
  for (let i = 0; i < 300 && !holds(); i += 1) await wait(100);
}
const sum = (list, of) => list.reduce((all, one) => all + of(one), 0);
const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

async function joinAll(server, topic, n, ages) {
  const all = [];
  for (let i = 0; i < n; i += 50) {
    all.push(...await Promise.all(Array.from({length: Math.min(50, n - i)}, () => Subscriber.open(server, topic, ages))));
  }
  return all;
}

/** A storm on a server of its own. */
async function storm(policy, sleeping) {
  const server = await Server.start(join(bin, 'feed'));
  const ages = [];
  const topic = `feed:${policy}`;
  const awake = await joinAll(server, topic, readers, ages);
  const asleep = await joinAll(server, topic, sleeping, null);
  const [speaker] = await joinAll(server, topic, 1, null);
  for (const one of asleep) one.stopReading();
  const before = server.usage();
  const pad = 'x'.repeat(size);
  let peak = before.memory;
  let said = 0;
  const beats = setInterval(() => [...awake, ...asleep, speaker].forEach((one) => one.beat()), 20_000);
  const began = performance.now();
  for (let now = began; now < began + seconds * 1000; now = performance.now()) {
    for (; said < ((now - began) / 1000) * rate; said += 1) speaker.say({key: said % keys, pad});
    peak = Math.max(peak, server.usage().memory);
    await wait(5);
  }
  const busy = server.usage().cpu - before.cpu;
  const took = (performance.now() - began) / 1000;
  await eventually(() => awake.every((one) => one.received === said));
  peak = Math.max(peak, server.usage().memory);
  const metrics = await server.metrics();
  const dropped = metrics.get('messages_dropped_total');
  for (const one of asleep) one.resumeReading();
  await eventually(() => asleep.every((one) => one.hasCaughtUp(said)));
  clearInterval(beats);
  const result = {
    name: sleeping === 0 ? 'nobody sleeps' : policy, sleeping, said, took, busy,
    short: awake.filter((one) => one.received < said).length, ages: ages.sort((a, b) => a - b), peak, before: before.memory,
    behind: asleep.filter((one) => one.isOpen && one.received + one.missed < said).length,
    dropped, closed: metrics.get('slow_clients_closed_total'), told: sum(asleep, (one) => one.missed),
    limit: baseMb + before.memory + sleeping * limitMb[policy] + (policy === 'catch_up' ? said * size * keptCopies / 1e6 : 0),
  };
  for (const one of [...awake, ...asleep, speaker]) one.close();
  await server.stop();
  return result;
}

function line(r, alone) {
  const p99 = percentile(r.ages, 0.99);
  const cells = [r.name.padEnd(13), `${(r.ages.length / r.took / 1000).toFixed(1)} k/s`.padStart(9),
    percentile(r.ages, 0.5).toFixed(1).padStart(7), p99.toFixed(1).padStart(7),
    alone ? `${((p99 / percentile(alone.ages, 0.99) - 1) * 100).toFixed(0)} %`.padStart(6) : '      ',
    `${((r.busy / r.took) * 100).toFixed(0)} %`.padStart(6), `${r.before.toFixed(0)} MB`.padStart(7), `${r.peak.toFixed(0)} MB`.padStart(7),
    String(r.dropped).padStart(8), String(r.told).padStart(8), String(r.closed).padStart(6)];
  return `  ${cells.join(' ')}`;
}

/** The failed expectations. */
function faultsOf(r) {
  const closes = r.name === 'close_with' ? r.sleeping : 0;
  const drops = r.sleeping > 0 && !['close_with', 'catch_up'].includes(r.name);
  return [
    [r.short > 0, `${r.short} of those who read missed something`],
    [r.peak > r.limit, `${r.peak.toFixed(0)} MB of memory, of ${r.limit.toFixed(0)} allowed`],
    [drops !== r.dropped > 0, `${r.dropped} messages were dropped`],
    [r.told !== r.dropped, `${r.dropped} messages were dropped, and ${r.told} told`],
    [r.behind > 0, `${r.behind} of those who read again did not get the rest`],
    [r.closed !== closes, `${r.closed} connections were closed`],
  ].filter(([is]) => is).map(([, complaint]) => `${r.name}: ${complaint}`);
}

console.log(`${readers} clients read, ${sleepers} do not; ${rate} broadcasts of ${size} bytes a second for ${seconds} s\n`);
console.log('                delivered   p50 ms  p99 ms  +        CPU   memory: before, peak  dropped, told  closed');
const faults = [];
let alone = null;
for (const [policy, sleeping] of [['close_with', 0], ...values.policies.split(',').map((name) => [name, sleepers])]) {
  const r = await storm(policy, sleeping);
  console.log(line(r, alone));
  alone ??= r;
  faults.push(...faultsOf(r));
}
for (const fault of faults) console.log(`FAIL ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;

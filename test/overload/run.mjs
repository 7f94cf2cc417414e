// What clients that do not read cost those that do:
//   node run.mjs [--seconds N] [--readers N] [--sleepers N] [--rate N] [--size N] [--policies close_with,drop_oldest]
//
// One client talks to all the others, `rate` broadcasts of `size` bytes a second: first to the readers alone, then, for
// each policy, beside sleepers, who join and do not read. It prints what the readers got and how late, and what the
// server's memory was; and fails where a reader missed anything, or where memory was not bounded by the sleepers'
// limits. How late is for people to judge.
import {fileURLToPath} from 'node:url';
import {join} from 'node:path';
import {parseArgs} from 'node:util';

import {Server} from '../soak/lib/server.mjs';
import {Subscriber} from './subscriber.mjs';

const numbers = {seconds: '60', readers: '900', sleepers: '100', rate: '30', size: '8000'};
const {values} = parseArgs({options: {
  ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, {type: 'string', default: value}])),
  policies: {type: 'string', default: 'close_with,drop_newest,drop_oldest,keep_latest'},
}});
const [seconds, readers, sleepers, rate, size] = Object.keys(numbers).map((name) => Number(values[name]));
const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../build/release/bin', import.meta.url));

/** What may wait for one client that does not read, in MB: its outbox, and some for the server itself. */
const limitMb = {close_with: 8, drop_newest: 1.1, drop_oldest: 1.1, keep_latest: 1.1};
const baseMb = 24;
const keys = 16;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
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
  for (let i = 0; i < 100 && awake.some((one) => one.received < said); i += 1) await wait(100);
  peak = Math.max(peak, server.usage().memory);
  for (const one of asleep) one.resumeReading();
  await wait(1000 + seconds * 20);
  clearInterval(beats);
  const metrics = await server.metrics();
  const result = {
    policy: sleeping === 0 ? 'nobody sleeps' : policy, said, took, busy,
    short: awake.filter((one) => one.received < said).length, ages: ages.sort((a, b) => a - b), peak, before: before.memory,
    dropped: metrics.get('messages_dropped_total'), closed: metrics.get('slow_clients_closed_total'),
    told: asleep.reduce((sum, one) => sum + one.missed, 0), limit: baseMb + before.memory + sleeping * limitMb[policy],
  };
  for (const one of [...awake, ...asleep, speaker]) one.close();
  await server.stop();
  return result;
}

function line(r) {
  const cells = [r.policy.padEnd(13), `${(r.ages.length / r.took / 1000).toFixed(1)} k/s`.padStart(9),
    percentile(r.ages, 0.5).toFixed(1).padStart(7), percentile(r.ages, 0.99).toFixed(1).padStart(7),
    `${((r.busy / r.took) * 100).toFixed(0)} %`.padStart(6), `${r.before.toFixed(0)} MB`.padStart(7), `${r.peak.toFixed(0)} MB`.padStart(7),
    String(r.dropped).padStart(8), String(r.told).padStart(8), String(r.closed).padStart(6)];
  return `  ${cells.join(' ')}`;
}

console.log(`${readers} clients read, ${sleepers} do not; ${rate} broadcasts of ${size} bytes a second for ${seconds} s\n`);
console.log('                delivered   p50 ms  p99 ms    CPU   memory: before, peak  dropped, told  closed');
const faults = [];
for (const [policy, sleeping] of [['close_with', 0], ...values.policies.split(',').map((name) => [name, sleepers])]) {
  const r = await storm(policy, sleeping);
  console.log(line(r));
  if (r.short > 0) faults.push(`${r.policy}: ${r.short} of those who read missed something`);
  if (r.peak > r.limit) faults.push(`${r.policy}: ${r.peak.toFixed(0)} MB of memory, of ${r.limit.toFixed(0)} allowed`);
  if (r.dropped > 0 && r.told !== r.dropped) faults.push(`${r.policy}: ${r.dropped} were dropped, and ${r.told} told`);
  if (policy !== 'close_with' && r.closed > 0) faults.push(`${r.policy}: ${r.closed} connections were closed`);
}
for (const fault of faults) console.log(`FAIL ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;

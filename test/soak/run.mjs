// Puts the reference server under mixed load for a while and checks that nothing was lost, left over or leaked:
//   node run.mjs [--seconds N] [--seed N] [--clients N]
// BENNU_BIN is the folder of a build with sanitizers.
import {fileURLToPath} from 'node:url';
import {join} from 'node:path';
import {parseArgs} from 'node:util';

import {Ledger} from './lib/ledger.mjs';
import {Random} from './lib/random.mjs';
import {leftovers, report} from './lib/report.mjs';
import {Samples} from './lib/samples.mjs';
import {Server} from './lib/server.mjs';
import {World} from './lib/world.mjs';

const {values} = parseArgs({options: {
  seconds: {type: 'string', default: '15'}, seed: {type: 'string', default: String(Date.now() % 2 ** 31)},
  clients: {type: 'string', default: '16'},
}});
const [seconds, seed, clients] = [values.seconds, values.seed, values.clients].map(Number);
if (![seconds, seed, clients].every(Number.isSafeInteger)) throw new Error('--seconds, --seed and --clients take whole numbers');
const bin = process.env.BENNU_BIN ?? fileURLToPath(new URL('../../build/asan/bin', import.meta.url));

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Waits until `done` holds, but not for ever. */
async function settle(done, limitMs) {
  for (const until = Date.now() + limitMs; !await done() && Date.now() < until;) await wait(100);
  return done();
}

/** A session of a client that polled and went away ends after 15 s. */
const settleMs = 60_000;

console.log(`soaking for ${seconds} s with ${clients} clients, seed ${seed}`);
const server = await Server.start(join(bin, 'reference'));
const before = server.usage();
const ledger = new Ledger();
const world = new World(server, ledger, new Random(seed));
const samples = new Samples(server);
await world.listen();
world.start(clients);
for (const until = Date.now() + seconds * 1000; Date.now() < until && server.isRunning;) await wait(200);
await world.stop();
samples.stop();
samples.take();

const balanced = await settle(() => ledger.openJoins().length === 0 && ledger.lostMessages().length === 0, settleMs);
world.close();
const left = () => server.usage().descriptors - before.descriptors;
const closed = server.isRunning && await settle(() => left() <= 0, settleMs);
let metrics = new Map();
await settle(async () => {
  if (server.isRunning) metrics = await server.metrics();
  return !server.isRunning || leftovers.every((name) => metrics.get(name) === 0);
}, settleMs);
const ended = server.isRunning ? {descriptors: closed ? 0 : left(), ...await server.stop()} : server.ended;

const failures = report({seconds, seed, clients, ledger, samples, server, ended, balanced, metrics});
process.exit(failures.length === 0 ? 0 : 1);  // some request for messages may still wait for its time to run out

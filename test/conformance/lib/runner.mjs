import {Context} from './context.mjs';
import {Mismatch} from './matching.mjs';
import {scaled} from './time.mjs';

const caseLimitMs = 20_000;

async function runCase(one, {servers}) {
  const context = new Context(servers);
  const began = Date.now();
  const limitMs = scaled(caseLimitMs + one.seconds * 1000);
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Mismatch('the case to end', `it did not in ${limitMs} ms`)), limitMs);
  });
  let failure = null;
  try {
    await Promise.race([one.body(context), late]);
  } catch (error) {
    failure = error instanceof Mismatch ? error.message : error.stack ?? String(error);
  }
  clearTimeout(timer);
  await context.cleanUp();
  return {one, failure, ms: Date.now() - began};
}

/** The number of concurrent cases that start servers. The start of a program delays all others for some time. */
const serverJobs = 3;

/** Runs cases, some at once. Those that mostly wait begin first, and wait beside the others. */
export async function runCases(cases, options, report) {
  const run = async (one) => report.add(await runCase(one, options));
  const work = async (queue) => {
    while (queue.length > 0) await run(queue.shift());
  };
  const longestFirst = [...cases].sort((a, b) => b.seconds - a.seconds);
  const withServers = longestFirst.filter((one) => one.ownServers);
  const waiting = longestFirst.filter((one) => !one.ownServers && one.seconds > 0).map(run);
  const others = longestFirst.filter((one) => !one.ownServers && one.seconds === 0);
  await Promise.all([
    ...waiting,
    ...Array.from({length: serverJobs}, () => work(withServers)),
    ...Array.from({length: options.jobs}, () => work(others)),
  ]);
}

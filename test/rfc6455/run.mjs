#!/usr/bin/env node
// Tests the requirements of RFC 6455 (WebSocket) and RFC 7692 (its compression) for a server, case by case, over real
// sockets. The server is an echo server that consists of Bennu's transport alone.
import {readdirSync} from 'node:fs';

import {Mismatch} from '../conformance/lib/matching.mjs';
import {startServer} from '../conformance/lib/program.mjs';
import {time} from '../conformance/lib/time.mjs';
import {startWithTls, tlsFiles} from '../conformance/lib/tls.mjs';
import {cases} from './lib/table.mjs';

const usage = `usage: node run.mjs [options]
  --tls         over TLS
  --case TEXT   only cases in whose section or title the text occurs
  --jobs N      so many cases at once (8)
  --scale F     makes every limit on time longer, for slow machines and builds; without it, what the machine's load says
  --failures    prints only the cases that failed, and the summary
The server is echo_server in the folder that BENNU_BIN names.`;

function parseArguments(args) {
  const options = {jobs: 8, scale: Number(process.env.BENNU_TEST_SCALE ?? time.scale), text: '', failures: false, tls: false};
  const take = {
    '--case': (value) => { options.text = value; },
    '--jobs': (value) => { options.jobs = Number(value); },
    '--scale': (value) => { options.scale = Number(value); },
  };
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === '--failures' || args[i] === '--tls') options[args[i].slice(2)] = true;
    else if (take[args[i]] && i + 1 < args.length) take[args[i]](args[++i]);
    else return null;
  }
  return options.jobs >= 1 && options.scale > 0 ? options : null;
}

async function runAll(chosen, server, {jobs}) {
  const queue = [...chosen];
  const work = async () => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      try {
        await one.play(server, 5_000);
        one.failure = null;
      } catch (error) {
        one.failure = error instanceof Mismatch ? error.message : error.stack ?? String(error);
      }
    }
  };
  await Promise.all(Array.from({length: jobs}, work));
}

function print(played, onlyFailures) {
  let heading = '';
  for (const {section, about, title, says, failure} of played) {
    if (onlyFailures && failure === null) continue;
    if (heading !== section + about) console.log(`\n${section}: ${about}`);
    heading = section + about;
    console.log(`  ${failure === null ? 'ok    ' : 'FAILED'}  ${title} -> ${says}`);
    if (failure !== null) console.log(`          ${failure.replaceAll('\n', '\n          ')}`);
  }
}

/** The server has to be there still, with nothing to complain of, and to end when it is asked to. */
async function faultsOfEnd(server) {
  server.signal('SIGTERM');
  const {code, signal} = await server.exitWithin(15_000).catch(() => ({code: null, signal: 'none: it runs on'}));
  if (code === 0) return [];
  server.signal('SIGKILL');
  return [`the server ended with exit code ${code}, signal ${signal}; its log:\n${server.stderr.slice(-4000)}`];
}

async function main() {
  const options = parseArguments(process.argv.slice(2));
  if (options === null) {
    console.error(usage);
    return 2;
  }
  time.scale = options.scale;
  const folder = new URL('./cases/', import.meta.url);
  for (const file of readdirSync(folder).sort()) await import(new URL(file, folder));
  const chosen = cases.filter(({section, about, title}) => `${section} ${about}: ${title}`.includes(options.text));
  if (chosen.length === 0) {
    console.error('no case is called so');
    return 2;
  }
  const began = Date.now();
  const otherRun = options.tls ? startWithTls() : null;
  if (otherRun !== null) return otherRun;
  const server = await startServer('echo_server', tlsFiles());
  const {hostname: host, port, protocol} = new URL(server.url);
  await runAll(chosen, {host, port: Number(port), tls: protocol === 'https:'}, options);
  print(chosen, options.failures);
  const faults = await faultsOfEnd(server);
  for (const fault of faults) console.log(`FAILED  ${fault}`);
  const failed = chosen.filter(({failure}) => failure !== null).length + faults.length;
  console.log(`\n${((Date.now() - began) / 1000).toFixed(1)} s\n${chosen.length + faults.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exit(await main());

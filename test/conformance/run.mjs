#!/usr/bin/env node
// Tests the guarantees of a server of Phoenix Channels to its clients, case by case.
import {readdirSync} from 'node:fs';

import {cases} from './lib/cases.mjs';
import {startReference, startServer} from './lib/program.mjs';
import {Report} from './lib/report.mjs';
import {runCases} from './lib/runner.mjs';
import {time} from './lib/time.mjs';
import {startWithTls, tlsOptions} from './lib/tls.mjs';

const usage = `usage: node run.mjs [options]
  --url URL      the server to test; without it, servers are started, from the folder that BENNU_BIN names
  --tls          starts servers with TLS
  --only AREAS   only these areas, separated by commas
  --case TEXT    only cases in whose title the text occurs
  --jobs N       so many cases at once (8)
  --scale F      makes every limit on time longer, for slow machines and builds; without it, what the machine's load says
  --verbose      also says which cases passed
  --list         says which cases there are`;

function parseArguments(args) {
  const options = {jobs: 8, scale: Number(process.env.BENNU_TEST_SCALE ?? time.scale), only: null, text: ''};
  const take = {
    '--url': (value) => { options.url = value.replace(/\/$/, ''); },
    '--only': (value) => { options.only = value.split(','); },
    '--case': (value) => { options.text = value; },
    '--jobs': (value) => { options.jobs = Number(value); },
    '--scale': (value) => { options.scale = Number(value); },
  };
  for (let i = 0; i < args.length; i += 1) {
    if (['--verbose', '--list', '--tls'].includes(args[i])) options[args[i].slice(2)] = true;
    else if (take[args[i]] && i + 1 < args.length) take[args[i]](args[++i]);
    else return null;
  }
  return options.jobs >= 1 && options.scale > 0 ? options : null;
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
  const chosen = cases.filter((one) => (options.only === null || options.only.includes(one.area))
    && one.title.includes(options.text) && !(options.url && (one.ownServers || one.edge)));
  if (chosen.length === 0) {
    console.error('no case is called so');
    return 2;
  }
  if (options.list) {
    for (const {area, title} of chosen) console.log(`${area}: ${title}`);
    return 0;
  }
  const otherRun = options.tls ? startWithTls() : null;
  if (otherRun !== null) return otherRun;
  const report = new Report(options.verbose);
  const reference = options.url ? null : await startReference();
  const edge = chosen.some((one) => one.edge) ? await startServer('edge_server', ['--port', '0', ...tlsOptions()]) : null;
  // The official client may throw out of a callback when a server misbehaves: that is for the case to notice.
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => console.log(`note: outside of any case: ${error?.stack ?? error}`));
  }
  const servers = {url: options.url ?? reference.url, edgeUrl: edge?.url};
  await runCases(chosen, {...options, servers}, report);
  for (const server of [reference, edge]) if (server !== null) await endServer(server, report);
  return report.end();
}

/** The server has to be there still, and to end when it is asked to. */
async function endServer(server, report) {
  server.signal('SIGTERM');
  const {code, signal} = await server.exitWithin(15_000).catch(() => ({code: null, signal: 'none: it runs on'}));
  if (code === 0) return;
  server.signal('SIGKILL');
  report.note(`the server ended with exit code ${code}, signal ${signal}; its log:\n${server.stderr.slice(-4000)}`);
}

process.exit(await main());

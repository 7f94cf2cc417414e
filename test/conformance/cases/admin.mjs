import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {Mismatch, check, oneOf} from '../lib/matching.mjs';
import {certificate} from '../lib/tls.mjs';

const test = area('admin', 'The listener for operators: health and metrics', {ownServers: true});

/** The URL on the second line of standard output. */
async function adminOf(server) {
  let found = null;
  await eventually('a second line', () => (found = /^admin on (\S+)$/m.exec(server.stdout)) !== null);
  return found[1];
}

/** A GET request. @param to a URL, or {socketPath, path} @returns status, headers, and the body as text */
function get(to, options = {}) {
  const isTls = typeof to === 'string' && to.startsWith('https:');
  const where = typeof to === 'string' ? [to, options] : [{...to, ...options}];
  return new Promise((resolve, reject) => {
    const request = (isTls ? https : http).get(...where, (response) => {
      let body = '';
      response.on('data', (text) => (body += text));
      response.on('end', () => resolve({status: response.statusCode, headers: response.headers, body}));
    });
    request.on('error', reject);
  });
}

const statusOf = async (...to) => (await get(...to)).status;
const failure = (...to) => get(...to).then(() => 'an answer', (error) => error.code);

for (const program of ['reference', 'chat']) {
  test(`${program} --admin-port: a second line says where, and health and metrics are there`, async ({startProgram}) => {
    const server = await startProgram(program, '--admin-port', '0');
    const url = await adminOf(server);
    check(`listening on ${server.url}\nadmin on ${url}\n`, server.stdout);
    if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(url)) throw new Mismatch('http://127.0.0.1:PORT', url);
    for (const call of ['live', 'ready', 'started']) {
      const {status, headers, body} = await get(`${url}/health/${call}`);
      check([200, 'no-store', {status: 'ok'}], [status, headers['cache-control'], JSON.parse(body)]);
    }
    const {headers, body} = await get(`${url}/metrics`);
    check('text/plain; version=0.0.4; charset=utf-8', headers['content-type']);
    if (!/^bennu_connections \d+$/m.test(body)) throw new Mismatch('bennu_connections', body);
    check(404, await statusOf(`${server.url}/health/live`));
    server.signal('SIGTERM');
    check({code: 0, signal: null}, await server.exitWithin(10_000));
  });
}

test('without the option there is no such listener', async ({startProgram}) => {
  const server = await startProgram('reference');
  check(`listening on ${server.url}\n`, server.stdout);
});

test('metrics are OpenMetrics for those who ask for it', async ({startProgram}) => {
  const server = await startProgram('reference', '--admin-port', '0');
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  const {headers, body} = await get(`${await adminOf(server)}/metrics`, {headers: {accept}});
  check('application/openmetrics-text; version=1.0.0; charset=utf-8', headers['content-type']);
  if (!body.endsWith('\n# EOF\n')) throw new Mismatch('# EOF at the end', body.slice(-200));
  const counters = [...body.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name);
  if (counters.length < 10) throw new Mismatch('counters', body);
  for (const name of counters) {
    if (name.endsWith('_total') || !body.includes(`\n${name}_total`)) throw new Mismatch(`${name} with ${name}_total`, body);
  }
});

test('a Unix socket', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'bennu-admin-'));
  context.after(() => rmSync(folder, {recursive: true}));
  const socketPath = join(folder, 'admin.sock');
  const server = await context.startProgram('reference', '--admin-socket', socketPath);
  check(`unix:${socketPath}`, await adminOf(server));
  check(200, await statusOf({socketPath, path: '/health/ready'}));
});

test('TLS, and certificates of clients', async ({startProgram}) => {
  const ca = readFileSync(certificate('ca.pem'));
  const server = await startProgram('reference', '--admin-host', '0.0.0.0', '--admin-port', '0',
    '--admin-cert', certificate('server.pem'), '--admin-key', certificate('server_key.pem'),
    '--admin-ca', certificate('ca.pem'));
  const url = (await adminOf(server)).replace('0.0.0.0', 'localhost');
  check('https:', new URL(url).protocol);
  const client = {cert: readFileSync(certificate('client.pem')), key: readFileSync(certificate('client_key.pem'))};
  check(200, await statusOf(`${url}/health/live`, {ca, ...client}));
  const refused = await failure(`${url}/health/live`, {ca});
  if (refused === 'an answer') throw new Mismatch('no connection without a certificate', refused);
});

const contradictory = [
  ['an address that is not loopback, without TLS', ['--admin-port', '0', '--admin-host', '0.0.0.0'], /0\.0\.0\.0.*--admin-plain/],
  ['a port and a socket', ['--admin-port', '0', '--admin-socket', '/tmp/x'], /--admin-port and --admin-socket/],
  ['a host without a port', ['--admin-host', '127.0.0.1'], /--admin-host.*--admin-port/],
  ['a certificate without its key', ['--admin-port', '0', '--admin-cert', 'a.pem'], /--admin-cert and --admin-key/],
  ['a port that is no number', ['--admin-port', 'x'], /--admin-port/],
  ['a health path without a slash', ['--health-path', 'health'], /--health-path/],
];
for (const [mistake, args, says] of contradictory) {
  test(`${mistake}: one line on standard error, exit code 2`, async ({run}) => {
    const {code, stdout, stderr} = await run('reference', '--port', '0', ...args);
    check([2, ''], [code, stdout]);
    if (stderr.trimEnd().split('\n').length !== 1 || !says.test(stderr)) throw new Mismatch(`one line like ${says}`, stderr);
  });
}

test('--admin-plain allows an address that is not loopback', async ({startProgram}) => {
  const server = await startProgram('reference', '--admin-port', '0', '--admin-host', '0.0.0.0', '--admin-plain');
  check(200, await statusOf(`${(await adminOf(server)).replace('0.0.0.0', '127.0.0.1')}/health/live`));
});

test('an admin port in use: one line that names it, and exit code 1', async ({startProgram, run}) => {
  const server = await startProgram('reference', '--admin-port', '0');
  const {port} = new URL(await adminOf(server));
  const {code, stdout, stderr} = await run('reference', '--port', '0', '--admin-port', port);
  check([1, ''], [code, stdout]);
  if (!stderr.includes(port)) throw new Mismatch(port, stderr);
});

test('--health-path serves the health calls to clients too', async ({startProgram}) => {
  const server = await startProgram('reference', '--health-path', '/status');
  for (const call of ['live', 'ready', 'started']) check(200, await statusOf(`${server.url}/status/${call}`));
  check(404, await statusOf(`${server.url}/health/live`));
});

test('after SIGTERM ready is 503 while the listener is still open', async ({startProgram, connect}) => {
  const server = await startProgram('reference', '--admin-port', '0', '--health-path', '/health',
    '--shutdown-delay', '1 h');
  const url = await adminOf(server);
  check([200, 200], [await statusOf(`${url}/health/ready`), await statusOf(`${server.url}/health/ready`)]);
  server.signal('SIGTERM');
  while (await statusOf(`${url}/health/ready`) !== 503);
  const {status, body} = await get(`${server.url}/health/ready`);
  check([503, 'unavailable', 'the server is ending'], [status, JSON.parse(body).status, JSON.parse(body).reason]);
  check([200, 200], [await statusOf(`${url}/health/live`), await statusOf(`${url}/health/started`)]);
  await (await connect({server})).settle();
  server.signal('SIGTERM');  // ends the delay
  check({code: 0, signal: null}, await server.exitWithin(10_000));
});

test('the listener for operators answers until the drain has ended', async ({startProgram, connect, room}) => {
  const server = await startProgram('reference', '--admin-port', '0');
  const url = await adminOf(server);
  const peer = await connect({server});
  peer.carrier.answersClose = false;
  await peer.join(room);
  server.signal('SIGTERM');
  check(1012, (await peer.next('a close frame')).close);
  check(oneOf('ECONNREFUSED', 'ECONNRESET'), await failure(`${server.url}/`));
  check(503, await statusOf(`${url}/health/ready`));
  peer.drop();
  check({code: 0, signal: null}, await server.exitWithin(10_000));
});

import {copyFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {requestText} from '../lib/http.mjs';
import {Mismatch, check} from '../lib/matching.mjs';
import {ok} from '../lib/messages.mjs';
import {Tcp} from '../lib/tcp.mjs';
import {certificate} from '../lib/tls.mjs';

const test = area('tls', 'TLS: what is spoken, and certificates that are replaced', {ownServers: true});

/** A folder with a certificate and its key, which a case may replace. */
function filesOf(context, name = 'server') {
  const folder = mkdtempSync(join(tmpdir(), 'bennu-tls-'));
  context.after(() => rmSync(folder, {recursive: true}));
  const files = {cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem')};
  const install = (other) => {
    copyFileSync(certificate(`${other}.pem`), files.cert);
    copyFileSync(certificate(`${other}_key.pem`), files.key);
  };
  install(name);
  return {...files, folder, install, options: ['--cert', files.cert, '--key', files.key]};
}

const start = (context, files = filesOf(context)) => context.start(...files.options);

/** The certificate and the parameters of a new connection. */
async function handshake(server, options) {
  const tcp = await Tcp.open(server, options);
  const {socket} = tcp;
  const seen = {name: socket.getPeerCertificate().subject.CN, version: socket.getProtocol(),
    cipher: socket.getCipher().name, protocol: socket.alpnProtocol};
  tcp.drop();
  return seen;
}

async function refused(server, options) {
  const tcp = await Tcp.open(server, options).catch((error) => error);
  if (tcp instanceof Mismatch) return;
  // In TLS 1.3 a client is through before the server is.
  tcp.write('x');
  await tcp.ended(5_000);
  tcp.drop();
}

test('the server prints an https URL', async (context) => {
  const server = await start(context);
  check('https:', new URL(server.url).protocol);
});

const only = (version) => ({minVersion: version, maxVersion: version});
const old = (version) => ({...only(version), ciphers: 'DEFAULT@SECLEVEL=0'});

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`${version} is spoken, and carries messages`, async (context) => {
    const server = await start(context);
    check(version, (await handshake(server, only(version))).version);
    const peer = await context.connect({server});
    await peer.join(context.room);
    const s = 'x'.repeat(200_000);
    check(ok({s}), await peer.ask(context.room, 'echo', {s}));
  });
}

test('TLS 1.0 and 1.1 are not', async (context) => {
  const server = await start(context);
  for (const version of ['TLSv1', 'TLSv1.1']) await refused(server, old(version));
  await handshake(server);
});

test('ciphers without forward secrecy or authenticated encryption are not', async (context) => {
  const server = await start(context);
  for (const ciphers of ['AES128-GCM-SHA256', 'AES256-SHA', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384']) {
    await refused(server, {...old('TLSv1.2'), ciphers: `${ciphers}@SECLEVEL=0`});
  }
  for (const cipher of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305']) {
    check(cipher, (await handshake(server, {...only('TLSv1.2'), ciphers: cipher})).cipher);
  }
});

test('HTTP/1.1 is chosen of what a client offers; one that does not offer it is refused', async (context) => {
  const server = await start(context);
  check('http/1.1', (await handshake(server, {ALPNProtocols: ['h2', 'http/1.1']})).protocol);
  check(false, (await handshake(server, {ALPNProtocols: undefined})).protocol);
  await refused(server, {ALPNProtocols: ['h2']});
});

test('a client that speaks no TLS gets no answer', async (context) => {
  const server = await start(context);
  const tcp = await Tcp.open({...server, tls: false});
  tcp.write(requestText('GET', '/', {host: 'a'}));
  check(null, await tcp.next((bytes) => (bytes.includes('HTTP') ? {value: 'an answer', size: 0} : undefined), 5_000));
});

test('a client that does not know the authority disconnects, and others go on', async (context) => {
  const server = await start(context);
  await refused(server, {ca: []});
  await (await context.connect({server})).settle();
});

// -- certificates that are replaced --

test('SIGHUP: new connections are shown the new certificate, old ones go on', async (context) => {
  const files = filesOf(context);
  const server = await start(context, files);
  const peer = await context.connect({server});
  await peer.join(context.room);
  check('server', (await handshake(server)).name);
  files.install('other_server');
  server.signal('SIGHUP');
  await eventually('a line in the log', () => server.stderr.includes('certificates reloaded'));
  check('other_server', (await handshake(server)).name);
  check(ok({n: 1}), await peer.ask(context.room, 'echo', {n: 1}));
  await (await context.connect({server})).settle();
  server.signal('SIGTERM');
  check({code: 0, signal: null}, await server.exitWithin(10_000));
});

test('SIGHUP: files that cannot be used change nothing, and the reason is logged', async (context) => {
  const files = filesOf(context);
  const server = await start(context, files);
  const breakages = [
    () => copyFileSync(certificate('other_server.pem'), files.cert), () => writeFileSync(files.key, 'nonsense'),
    () => rmSync(files.key),
  ];
  for (const [i, breakIt] of breakages.entries()) {
    breakIt();
    server.signal('SIGHUP');
    await eventually('a line in the log', () => server.stderr.split('configuration not reloaded').length === i + 2);
    check('server', (await handshake(server)).name);
  }
  files.install('other_server');
  server.signal('SIGHUP');
  await eventually('a line in the log', () => server.stderr.includes('certificates reloaded'));
  check('other_server', (await handshake(server)).name);
});

const unusable = [
  ['a key of another certificate', (f) => copyFileSync(certificate('other_server_key.pem'), f.key), 1],
  ['a key behind a passphrase', (f) => copyFileSync(certificate('server_key_locked.pem'), f.key), 1],
  ['a key that is none', (f) => writeFileSync(f.key, 'nonsense'), 1],
  ['no key', (f) => rmSync(f.key), 1],
  ['a certificate that is none', (f) => writeFileSync(f.cert, ''), 1],
];

for (const [title, breakIt, code] of unusable) {
  test(`${title}: one line, and exit code ${code}`, async (context) => {
    const files = filesOf(context);
    breakIt(files);
    const ended = await context.run('reference', '--port', '0', ...files.options);
    check([code, ''], [ended.code, ended.stdout]);
    if (!/^cannot use the (key|certificate) .*: .+\n$/.test(ended.stderr)) throw new Mismatch('one line that says why', ended.stderr);
  });
}

test('a certificate without a key, or a key without a certificate: one line, and exit code 2', async (context) => {
  const {cert, key} = filesOf(context);
  for (const args of [['--cert', cert], ['--key', key]]) {
    check({code: 2, signal: null, stdout: '', stderr: '--cert and --key are of use only together\n'},
      await context.run('reference', '--port', '0', ...args));
  }
});

// -- slow clients --

test('clients that do not end their handshake are cut after 10 s, and meanwhile others are served', async (context) => {
  const server = await start(context);
  const began = performance.now();
  const silent = await Promise.all(Array.from({length: 200}, () => Tcp.open({...server, tls: false})));
  const slow = await Promise.all(Array.from({length: 50}, () => Tcp.open({...server, tls: false})));
  // The beginning of a client's hello, and then a byte at a time.
  for (const tcp of slow) tcp.write(Buffer.from('16030102000100', 'hex'));
  const dripping = setInterval(() => slow.forEach((tcp) => tcp.write('x')), 100);
  context.after(() => clearInterval(dripping));
  const peer = await context.connect({server});
  await peer.settle();
  for (const tcp of [...silent, ...slow]) await tcp.ended(15_000);
  const ms = performance.now() - began;
  if (ms < 9_500) throw new Mismatch('10,000 ms, or little more', `${ms} ms`);
  await peer.settle();
}, {seconds: 11});

test('a half of a hello, and then nothing more to come, ends at once', async (context) => {
  const server = await start(context);
  const socket = net.connect({host: server.host, port: server.port, allowHalfOpen: true});
  context.after(() => socket.destroy());
  socket.end(Buffer.from('1603010200010001fc0303', 'hex'));
  await new Promise((resolve, reject) => {
    socket.on('end', resolve);
    socket.on('error', reject);
    socket.resume();
  });
});

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import net from 'node:net';
import {before} from 'node:test';
import tls from 'node:tls';

import {eventually} from './lib/eventually.mjs';
import {Machine, makeNetworks} from './lib/network.mjs';
import {Node, clusterPort, file, linked, nodesTest as test} from './lib/node.mjs';

before(makeNetworks);

/** The number of attempts to link that failed, as a node counts them, whatever the reason. */
async function failedJoins(node) {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return [...text.matchAll(/^bennu_node_joins_\w+_total (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Waits until two more attempts of a node to link have failed: it has tried again, and was refused again. */
async function failsToJoinAgain(node) {
  const before = await failedJoins(node);
  await eventually(`${node.name} was refused twice more`, async () => await failedJoins(node) >= before + 2);
}

const openssl = (...args) => execFileSync('openssl', args, {stdio: ['ignore', 'ignore', 'pipe']});

/** An authority that signs certificates for nodes. */
class Authority {
  constructor(name) {
    this.name = name;
    [this.key, this.certificate] = [file(`${name}.key`, ''), file(`${name}.pem`, '')];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', this.key, '-out', this.certificate, '-days', '2',
      '-subj', `/CN=${name}`);
  }

  /** The arguments of a node with a certificate of this authority, which trusts `trusted`. */
  argsFor(node, trusted = this, days = '2') {
    const [key, request, certificate] = ['key', 'csr', 'pem'].map((end) => file(`${this.name}-${node}.${end}`, ''));
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, '-subj', `/CN=${node}`);
    openssl('x509', '-req', '-in', request, '-CA', this.certificate, '-CAkey', this.key, '-CAcreateserial', '-out', certificate,
      '-days', days);
    return ['--node-cert', certificate, '--node-key', key, '--node-ca', trusted.certificate];
  }
}

/** The alert of OpenSSL to random bytes that begin like TLS, as one in 256 does (RFC 8446, sections 5.1 and 6). */
const isTlsAlert = (bytes) => bytes.length === 7 && bytes[0] === 21;

/** Connects to a node's port for other nodes, and sends `bytes` or nothing; resolves when the node ends the connection. */
function knock(node, bytes = null) {
  return new Promise((resolve, reject) => {
    // The test is not on the nodes' network; the node listens there alone, so this goes through its machine.
    const socket = net.connect({host: node.machine.host, port: clusterPort});
    // Bytes that the node has not read when it closes cause a reset.
    socket.on('error', (error) => (error.code === 'ECONNRESET' ? resolve() : reject(error)));
    socket.on('close', resolve);
    socket.on('data', (data) => {
      if (!isTlsAlert(data)) reject(new Error(`the node sent ${data.length} bytes to a connection without proof`));
    });
    if (bytes) socket.write(bytes);
  });
}

/** A node that also listens where the test can reach it. */
const open = (name, options = {}) => new Node(name, {...options, args: [...(options.args ?? []), '--cluster-host', '0.0.0.0']});

test('a node with another cookie does not join, and harms no other', async () => {
  const a = await new Node('a').start();
  const outsider = await new Node('x', {seeds: [a], cookie: file('other', 'another secret of some length')}).start();
  const b = await new Node('b', {seeds: [a]}).start();
  await linked(a, b);
  await failsToJoinAgain(outsider);
  assert.deepEqual(await outsider.namesUp(), []);
  assert.deepEqual(await a.namesUp(), ['b']);
});

/** A warning in a node's log. */
const warns = (node, pattern) => eventually(`${node.name} says ${pattern}`,
  () => node.log.some((line) => / warning: /.test(line) && pattern.test(line)));

test('a node that cannot join logs the reason, and so does the other node', async () => {
  const a = await new Node('a').start();
  const other = await new Node('x', {seeds: [a], cookie: file('other2', 'another secret of some length')}).start();
  await warns(other, new RegExp(`no link to the node at ${a.nodeAddress}: it does not have this cluster's cookie`));
  await warns(a, new RegExp(`a connection from ${other.machine.nodeHost} is refused: it does not accept this node's cookie`));
  assert.ok(await a.metric('bennu_node_joins_untrusted_total') > 0);
  assert.ok(await other.metric('bennu_node_joins_untrusted_total') > 0);
});

test('a node names each seed that it cannot reach, with the reason, once a minute', async () => {
  const machine = new Machine();
  const a = await new Node('a').start();
  const seeds = {
    nobody: `${machine.nodeHost}:1`,
    clients: `${a.machine.nodeHost}:4000`,
    name: 'no-such-host.invalid:4370',
    nowhere: '10.78.0.250:4370',
  };
  const b = await new Node('b', {machine, seeds: Object.values(seeds)}).start();
  await warns(b, new RegExp(`${seeds.nobody}: it refuses connections`));
  await warns(b, new RegExp(`${seeds.clients}: it does not use the protocol of nodes`));
  await warns(b, new RegExp(`${seeds.name}: its name is not known`));
  await warns(b, new RegExp(`${seeds.nowhere}: it (does not answer|cannot be reached)`));
  for (const reason of ['refused', 'not_a_node', 'unresolved']) {
    await eventually(`b has tried again: ${reason}`, async () => await b.metric(`bennu_node_joins_${reason}_total`) >= 2);
  }
  const lines = b.log.filter((line) => / warning: no link to the node at/.test(line));
  assert.equal(lines.length, new Set(lines.map((line) => line.replace(/^\S+ /, ''))).size, lines.join('\n'));
});

test('an expired certificate is named at both ends', async () => {
  const authority = new Authority('short');
  const a = await new Node('a', {cookie: null, args: authority.argsFor('a')}).start();
  const late = await new Node('x', {seeds: [a], cookie: null, args: authority.argsFor('x', authority, '-1')}).start();
  await warns(late, /it says that this node's certificate has expired/);
  await warns(a, /its certificate has expired/);
});

test('nodes with certificates of one authority join, one of another authority does not', async () => {
  const ours = new Authority('ours');
  const theirs = new Authority('theirs');
  const a = await new Node('a', {cookie: null, args: ours.argsFor('a')}).start();
  const b = await new Node('b', {seeds: [a], cookie: null, args: ours.argsFor('b')}).start();
  const foreign = await new Node('x', {seeds: [a], cookie: null, args: theirs.argsFor('x')}).start();
  // It would take us for one of its own; we do not take it for one of ours.
  const trusting = await new Node('y', {seeds: [a], cookie: null, args: theirs.argsFor('y', ours)}).start();
  await linked(a, b);
  await Promise.all([foreign, trusting].map(failsToJoinAgain));
  assert.deepEqual(await foreign.namesUp(), []);
  assert.deepEqual(await trusting.namesUp(), []);
  assert.deepEqual(await a.namesUp(), ['b']);
});

test('a node with a cookie and one with a certificate do not join', async () => {
  const a = await new Node('a').start();
  const b = await new Node('b', {seeds: [a], cookie: null, args: new Authority('own').argsFor('b')}).start();
  await failsToJoinAgain(b);
  assert.deepEqual([await a.namesUp(), await b.namesUp()], [[], []]);
});

test('a connection without a certificate sees no message between nodes', async () => {
  const a = await open('a').start();
  const said = await new Promise((resolve, reject) => {
    const socket = tls.connect({host: a.machine.host, port: clusterPort, rejectUnauthorized: false});
    let bytes = 0;
    socket.on('data', (data) => (bytes += data.length));
    socket.on('error', () => resolve(bytes));
    socket.on('close', () => resolve(bytes));
    setTimeout(() => reject(new Error('the connection stays')), 10_000).unref();
  });
  assert.equal(said, 0);
});

test('a node speaks TLS 1.3, and nothing older', async () => {
  const ours = new Authority('versions');
  const a = await open('a', {cookie: null, args: ours.argsFor('a')}).start();
  const [, cert, , key] = ours.argsFor('client').map((arg) => (arg.startsWith('-') ? arg : readFileSync(arg)));
  const outcome = (maxVersion) => new Promise((resolve) => {
    const socket = tls.connect({host: a.machine.host, port: clusterPort, rejectUnauthorized: false, cert, key,
      minVersion: 'TLSv1.2', maxVersion});
    socket.on('secureConnect', () => resolve(socket.getProtocol()));
    socket.on('error', () => resolve('refused'));
  });
  assert.equal(await outcome('TLSv1.3'), 'TLSv1.3');
  assert.equal(await outcome('TLSv1.2'), 'refused');
});

test('an outsider that sends malformed bytes is cut off; links stay, and others still join', async () => {
  const a = await open('a').start();
  const c = await new Node('c', {seeds: [a]}).start();
  await linked(a, c);
  await Promise.all([...Array(20)].map(() => knock(a, randomBytes(2_000))));
  await knock(a, Buffer.concat([Buffer.from([23, 3, 3, 255, 255]), randomBytes(2_000)]));  // like TLS, and too long
  await knock(a, readFileSync(process.execPath).subarray(0, 100_000));
  const b = await new Node('b', {seeds: [a]}).start();
  await linked(a, b, c);
  assert.deepEqual([a, c].flatMap(({log}) => log.filter((line) => / node \w is down/.test(line))), []);
});

test('silent outsiders are cut off, and do not prevent others from joining', async () => {
  const a = await open('a').start();
  const silent = [...Array(100)].map(() => knock(a));
  const b = await new Node('b', {seeds: [a]}).start();
  await linked(a, b);
  await Promise.all(silent);
  assert.ok(await a.metric('bennu_node_connections_refused_total') >= silent.length);
});

test('a node without a cookie or certificates does not start, and prints the reason', async () => {
  const cases = [
    [{cookie: null}, /cookie or certificates/],
    [{cookie: file('short', 'too short\n')}, /16 bytes/],
    [{cookie: '/nonexistent'}, /cannot read the cookie/],
    [{args: ['--seed', 'nonsense']}, /HOST:PORT/],
    [{cookie: null, args: ['--node-cert', '/nonexistent', '--node-key', 'k', '--node-ca', 'c']}, /nonexistent/],
    [{args: ['--cluster-host', '192.0.2.1']}, /192\.0\.2\.1/],
  ];
  for (const [options, why] of cases) {
    const node = new Node('a', options);
    await assert.rejects(node.start(), why);
    await eventually('it ended', () => [1, 2].includes(node.child.exitCode));
    assert.equal(node.log.filter((line) => !/ (info|debug): /.test(line)).length, 1, node.log.join('\n'));
  }
});

test('two nodes of one name do not both join; the later one does', async () => {
  const a = await new Node('a').start();
  const first = await new Node('b', {seeds: [a]}).start();
  await linked(a, first);
  const {run} = await a.info('b');
  const second = await new Node('b', {seeds: [a]}).start();
  await eventually('the later one is up', async () => (await a.info('b')).run !== run);
  await failsToJoinAgain(first);
  assert.deepEqual(await first.namesUp(), []);
  assert.deepEqual(await second.namesUp(), ['a']);
});

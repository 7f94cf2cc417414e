import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import {join} from 'node:path';

import {certificate} from '../conformance/lib/tls.mjs';
import {next, response} from '../js/client.mjs';
import {eventually} from '../nodes/lib/eventually.mjs';
import {linked, withClient} from '../nodes/lib/node.mjs';
import {Node, killNodes} from './lib/node.mjs';
import {Redis, freePort} from './lib/redis.mjs';
import {RedisCluster} from './lib/redis_cluster.mjs';

const servers = [];
afterEach(async () => {
  killNodes();
  await Promise.all(servers.splice(0).map((one) => one.remove()));
});
const started = async (server, ...args) => {
  servers.push(server);
  return server.start(...args);
};
const nodesAt = (...urls) => Promise.all(urls.map((url, i) => new Node('abc'[i], url).start()));

/** A broadcast on one node arrives on the other. */
const reaches = (from, to) => withClient(from, (ana) => withClient(to, async (bob) => {
  const rooms = [ana, bob].map((socket) => socket.channel('room:lobby'));
  for (const room of rooms) await response(room.join());
  const heard = next(rooms[1], 'shout');
  rooms[0].push('shout', {text: 'land'});
  assert.deepEqual(await heard, {text: 'land'});
}));

test('nodes at different members of a Redis Cluster reach each other', async () => {
  const cluster = await started(new RedisCluster());
  const nodes = await nodesAt(...cluster.members.map((member) => member.url()));
  await linked(...nodes);
  await reaches(nodes[0], nodes[1]);
  await reaches(nodes[2], nodes[0]);
  assert.ok(nodes.every((node) => !node.logs(/is down/)), 'links stay');
});

test('a node whose host fails goes on at the next one of its list, if that is the server now', async () => {
  const first = await started(new Redis());
  const second = await started(new Redis(), ['--replicaof', `127.0.0.1 ${first.port}`]);
  const url = `redis://127.0.0.1:${await freePort()},127.0.0.1:${second.port},127.0.0.1:${first.port}`;
  const nodes = await nodesAt(url, url);
  await linked(...nodes);
  assert.ok(nodes[0].logs(/it is a replica/), 'a replica was passed over');
  await first.kill();
  await eventually('they miss each other', () => nodes.every((node) => node.logs(/is down/)));
  assert.match(await second.command('REPLICAOF', 'NO', 'ONE'), /OK/);
  await linked(...nodes);
  await reaches(...nodes);
});

test('nodes reach each other through a Unix socket', async () => {
  const redis = new Redis();
  const socket = join(redis.folder, 'redis.sock');
  await started(redis, ['--unixsocket', socket]);
  const nodes = await nodesAt(`unix://${socket}?cluster=rooms`, `redis://localhost:${redis.port}/rooms`);
  await linked(...nodes);
  await reaches(...nodes);
});

test('a server may want a certificate of its clients: a node that has none is alone', async () => {
  const [cert, key, authority] = ['server.pem', 'server_key.pem', 'ca.pem'].map(certificate);
  const [own, ownKey] = ['client.pem', 'client_key.pem'].map(certificate);
  const redis = await started(new Redis({tls: {cert, key, authority}}));
  const args = ['--node-ca', authority];
  const known = ['--node-cert', own, '--node-key', ownKey, ...args];
  const nodes = await Promise.all(['a', 'b'].map((name) => new Node(name, redis.url(), {args: known}).start()));
  await linked(...nodes);
  await reaches(...nodes);
  const stranger = await new Node('c', redis.url(), {args}).start();
  await eventually('it says so', () => stranger.logs(/no connection to Redis at localhost/));
  assert.deepEqual(await stranger.namesUp(), []);
});

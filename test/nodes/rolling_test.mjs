import assert from 'node:assert/strict';
import {before} from 'node:test';

import {clientOf, disconnected, response} from '../js/client.mjs';
import {startBalancer} from './lib/balancer.mjs';
import {eventually} from './lib/eventually.mjs';
import {makeNetworks} from './lib/network.mjs';
import {Node, linked, nodesTest as test} from './lib/node.mjs';

before(makeNetworks);

const clientCount = 30;
const pushTimeoutMs = 5_000;

/** A client that pushes one `echo` after another, and again if one was not answered, until it is stopped. */
class Client {
  constructor(url, number) {
    this.socket = clientOf(url, '/socket', {reconnectAfterMs: () => 50, rejoinAfterMs: () => 50});
    this.room = this.socket.channel('room:rolling', {});
    Object.assign(this, {number, answered: 0, again: 0, connections: 0, heard: [], stopped: false});
    this.socket.onOpen(() => ++this.connections);
    this.room.on('shout', ({round}) => this.heard.push(round));
  }

  async start() {
    this.socket.connect();
    await response(this.room.join());
    this.pushing = this.push();
  }

  async push() {
    for (let n = 0; !this.stopped; ++n) {
      for (let done = false; !done;) {
        done = await response(this.room.push('echo', {n}, pushTimeoutMs)).then((got) => {
          assert.deepEqual(got, {n});
          return true;
        }, () => false);
        if (!done) ++this.again;
      }
      ++this.answered;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop() {
    this.stopped = true;
    await this.pushing;
    await disconnected(this.socket);
  }
}

test('clients stay while three nodes restart one after the other, and receive all messages', async () => {
  const nodes = [new Node('a'), new Node('b'), new Node('c')];
  for (const node of nodes) node.seeds = nodes.filter((other) => other !== node);
  await Promise.all(nodes.map((node) => node.start()));
  await linked(...nodes);
  const balancer = await startBalancer(nodes);
  const clients = [...Array(clientCount)].map((_, number) => new Client(balancer.url, number));
  await Promise.all(clients.map((client) => client.start()));

  for (const [round, node] of nodes.entries()) {
    assert.equal(await node.stop(), 0);
    // The second answer from now on is one to a push from now on, and comes from a node that is still there.
    const before = clients.map(({answered}) => answered);
    await eventually('all clients are back', () => clients.every(({answered}, i) => answered >= before[i] + 2));
    clients[round].room.push('shout', {round});
    await eventually('all heard', () => clients.every(({heard}) => heard.includes(round)));
    await node.start();
    await linked(...nodes);
  }

  await Promise.all(clients.map((client) => client.stop()));
  balancer.close();
  for (const {number, answered, connections, heard} of clients) {
    assert.ok(answered > 0 && connections > 1, `client ${number} worked, and was moved`);
    assert.deepEqual(heard, [0, 1, 2], `client ${number} heard each once`);
  }
});

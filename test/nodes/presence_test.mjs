// Presences on nodes that are processes, as the class Presence of the official client shows them.
import assert from 'node:assert/strict';
import {after, afterEach, before, test} from 'node:test';

import {Presence, clientOf, disconnected, response} from '../js/client.mjs';
import {eventually} from './lib/eventually.mjs';
import {makeNetworks} from './lib/network.mjs';
import {Node, killAll, linked} from './lib/node.mjs';

// A node whose connection is lost may come back for 5 s before its presences are hidden; a cut is noticed after 4 s.
const hiddenWithinMs = 15_000;
const knownWithinMs = 4_000;  // changes are sent every quarter of a second

before(makeNetworks);

/** A client in the room `presence:lobby`, which sees the presences of the others. */
class Visitor {
  static all = new Set();

  static async enter(node, user) {
    const visitor = new Visitor(node, user);
    Visitor.all.add(visitor);
    await response(visitor.channel.join());
    await eventually(`${user} is there`, () => visitor.sees().includes(user));
    return visitor;
  }

  log = [];  // Presence's reports of others: `+bob`, `-bob`

  constructor(node, user) {
    this.user = user;
    this.socket = clientOf(node.url, '/socket', {params: {user}});
    this.socket.connect();
    this.channel = this.socket.channel('presence:lobby');
    this.presence = new Presence(this.channel);
    this.presence.onJoin((name, before) => before || this.log.push(`+${name}`));
    this.presence.onLeave((name, {metas}) => metas.length > 0 || this.log.push(`-${name}`));
  }

  /** The names of all present users, once for each window. */
  sees() {
    return this.presence.list((name, {metas}) => metas.map(() => name)).flat().sort();
  }

  /** Waits until it sees exactly these. */
  async comesToSee(names, limitMs = knownWithinMs) {
    await eventually(`${this.user} sees ${names}`, () => {
      assert.deepEqual(this.sees(), names);
      return true;
    }, limitMs);
  }

  /** The events since the last call. */
  news() {
    return this.log.splice(0);
  }

  async go() {
    Visitor.all.delete(this);
    await disconnected(this.socket);
  }
}

async function endAll() {
  await Promise.all([...Visitor.all].map((visitor) => visitor.go()));
  killAll();
}
afterEach(endAll);
after(endAll);

/** Linked nodes, each with a client of the node's name that sees all presences. */
async function peopled(...names) {
  const nodes = [await new Node(names[0]).start()];
  nodes.push(...await Promise.all(names.slice(1).map((name) => new Node(name, {seeds: [nodes[0]]}).start())));
  await linked(...nodes);
  const visitors = await Promise.all(nodes.map((node) => Visitor.enter(node, `on ${node.name}`)));
  await Promise.all(visitors.map((visitor) => visitor.comesToSee(names.map((name) => `on ${name}`))));
  visitors.forEach((visitor) => visitor.news());
  return {nodes, visitors};
}

test('presences that come, change and leave on one node are seen on all', async () => {
  const {nodes: [a, b], visitors} = await peopled('a', 'b', 'c');
  const tabs = [await Visitor.enter(a, 'ana'), await Visitor.enter(b, 'ana')];
  const all = ['ana', 'ana', 'on a', 'on b', 'on c'];
  await Promise.all(visitors.map((visitor) => visitor.comesToSee(all)));

  await response(tabs[1].channel.push('status', {status: 'busy'}));
  const statuses = (visitor) => visitor.presence.state.ana.metas.map(({status}) => status).sort();
  await Promise.all(visitors.map((visitor) => eventually(
    `${visitor.user} sees that ana is busy`, () => statuses(visitor).join() === 'busy,online', knownWithinMs)));

  await tabs[0].go();
  await Promise.all(visitors.map((visitor) => visitor.comesToSee(all.slice(1))));
  await response(tabs[1].channel.push('leave_presence', {}));
  await Promise.all(visitors.map((visitor) => visitor.comesToSee(all.slice(2))));
  for (const visitor of visitors) assert.deepEqual(visitor.news(), ['+ana', '-ana']);
});

test('the presences of a killed node leave, once, and the others stay', async () => {
  const {nodes: [, b], visitors: [onA, , onC]} = await peopled('a', 'b', 'c');
  await b.kill();
  await Promise.all([onA, onC].map((visitor) => visitor.comesToSee(['on a', 'on c'], hiddenWithinMs)));
  for (const visitor of [onA, onC]) assert.deepEqual(visitor.news(), ['-on b']);
});

test('the presences of a stopped node leave; when it continues, those that are still there come back, once', async () => {
  const {nodes: [a, b], visitors: [onA, onB, onC]} = await peopled('a', 'b', 'c');
  const leaves = await Visitor.enter(b, 'leaves');
  for (const visitor of [onA, onB, onC]) await visitor.comesToSee(['leaves', 'on a', 'on b', 'on c']);
  for (const visitor of [onA, onB, onC]) assert.deepEqual(visitor.news(), ['+leaves']);
  b.signal('SIGSTOP');
  await Promise.all([onA, onC].map((visitor) => visitor.comesToSee(['on a', 'on c'], hiddenWithinMs)));
  for (const visitor of [onA, onC]) assert.deepEqual(visitor.news().sort(), ['-leaves', '-on b']);

  await leaves.go();  // its node is told when it continues
  await Visitor.enter(a, 'new on a');
  await onC.comesToSee(['new on a', 'on a', 'on c']);
  b.signal('SIGCONT');
  const all = ['new on a', 'on a', 'on b', 'on c'];
  await Promise.all([onA, onB, onC].map((visitor) => visitor.comesToSee(all, 20_000)));
  const ofThoseWhoStay = (visitor) => visitor.news().filter((one) => !one.endsWith('leaves')).sort();
  for (const visitor of [onA, onC]) assert.deepEqual(ofThoseWhoStay(visitor), ['+new on a', '+on b']);
  assert.deepEqual(ofThoseWhoStay(onB), ['+new on a']);
});

test('a node that is killed and started again has its new presences, and none of the old ones', async () => {
  const {nodes: [, b], visitors} = await peopled('a', 'b', 'c');
  const [onA, onB, onC] = visitors;
  const gone = await Visitor.enter(b, 'gone');
  await Promise.all(visitors.map((visitor) => visitor.comesToSee(['gone', 'on a', 'on b', 'on c'])));
  const old = onA.presence.state['on b'].metas[0].phx_ref;
  await b.kill();
  await gone.go();
  await b.start();
  // The official client reconnects by itself.
  await Promise.all(visitors.map((visitor) => visitor.comesToSee(['on a', 'on b', 'on c'], hiddenWithinMs)));
  for (const visitor of [onA, onB, onC]) assert.notEqual(visitor.presence.state['on b'].metas[0].phx_ref, old);
  await eventually('the node before is forgotten', () => onC.log.includes('-gone'));
  for (const visitor of [onA, onC]) {
    const news = visitor.news();
    assert.deepEqual(news.filter((one) => one.endsWith('gone')), ['+gone', '-gone']);
    assert.deepEqual(news.filter((one) => one.endsWith('on a') || one.endsWith('on c')), []);
  }
});

test('each side of a cut sees its own presences; when it heals, both see all, and get each change once', async () => {
  const {nodes: [a, b], visitors: [onA, onB, onC]} = await peopled('a', 'b', 'c');
  const leaves = await Visitor.enter(b, 'leaves');
  for (const visitor of [onA, onB, onC]) await visitor.comesToSee(['leaves', 'on a', 'on b', 'on c']);
  b.machine.cut();
  await Promise.all([onA, onC].map((visitor) => visitor.comesToSee(['on a', 'on c'], hiddenWithinMs)));
  await onB.comesToSee(['leaves', 'on b'], hiddenWithinMs);

  await leaves.go();
  await (await Visitor.enter(b, 'in between')).go();
  await Visitor.enter(b, 'new on b');
  await Visitor.enter(a, 'new on a');
  await onC.comesToSee(['new on a', 'on a', 'on c']);
  await onB.comesToSee(['new on b', 'on b']);

  b.machine.heal();
  const all = ['new on a', 'new on b', 'on a', 'on b', 'on c'];
  await Promise.all([onA, onB, onC].map((visitor) => visitor.comesToSee(all, 20_000)));
  for (const visitor of [onA, onC]) {
    assert.deepEqual(visitor.news().sort(),
      ['+leaves', '+new on a', '+new on b', '+on b', '-leaves', '-on b'].sort());
  }
  assert.deepEqual(onB.news().sort(), ['+leaves', '-leaves', '+in between', '-in between', '+new on a', '+new on b',
                                       '+on a', '+on c', '-on a', '-on c'].sort());
});

test('a cut that heals soon is not noticed, and a visitor that came meanwhile is seen afterwards', async () => {
  const {nodes: [a, b], visitors: [onA, onB]} = await peopled('a', 'b');
  b.machine.cut();
  await Visitor.enter(b, 'new');
  await Visitor.enter(a, 'later');  // when this is seen, so would be any news that came to node a before
  await onA.comesToSee(['later', 'on a', 'on b']);
  b.machine.heal();
  for (const visitor of [onA, onB]) await visitor.comesToSee(['later', 'new', 'on a', 'on b'], 10_000);
  assert.deepEqual(onA.news(), ['+later', '+new']);
  assert.deepEqual(onB.news(), ['+new', '+later']);
});

test('the presences of a node that is asked to end leave at once', async () => {
  const {nodes: [, b], visitors: [onA]} = await peopled('a', 'b');
  assert.equal(await b.stop(), 0);
  await onA.comesToSee(['on a']);
  assert.deepEqual(onA.news(), ['-on b']);
});

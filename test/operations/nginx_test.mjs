import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, afterEach, before, test} from 'node:test';

import {LongPoll, WebSocket, clientOf, disconnected, next, response} from '../js/client.mjs';
import {eventually} from '../nodes/lib/eventually.mjs';
import {fileIn, settingsIn} from './lib/chapter.mjs';
import {configureNginx, startNginx} from './lib/nginx.mjs';
import {Service, linked, patienceMs} from './lib/service.mjs';

const page = 'three-nodes.md';
const url = 'https://localhost';
const folder = process.env.TEST_FOLDER;
const transports = {'WebSocket': WebSocket, 'long poll': LongPoll};

let nodes, stopNginx;
before(async () => {
  writeFileSync(join(folder, 'cookie'), 'the secret of these tests\n');
  const first = settingsIn(fileIn(page, 'node.env'));
  assert.deepEqual(first, {NODE: 'a', ADDRESS: '10.0.0.1'});
  nodes = ['a', 'b', 'c'].map((NODE, i) => new Service(fileIn(page, 'chat.service'), {NODE, ADDRESS: `10.0.0.${i + 1}`}, folder));
  await Promise.all(nodes.map((node) => node.start()));
  await linked(nodes);
  configureNginx(fileIn(page, 'chat.conf'));
  stopNginx = await startNginx();
});
after(async () => {
  await stopNginx?.();
  await Promise.all((nodes ?? []).map((node) => node.stop()));
});

const sockets = [];
const busy = [];
afterEach(async () => {
  for (const member of busy.splice(0)) member.stopped = true;
  await Promise.all(sockets.splice(0).map(disconnected));
});

/** A connected client that has joined a room; it is closed when the test ends. */
async function enter(transport, topic, options = {}) {
  const socket = clientOf(url, '/socket', {transport, ...options});
  sockets.push(socket);
  socket.connect();
  const room = socket.channel(topic);
  await response(room.join());
  return {socket, room};
}

/** The name of the node that a client is connected to. */
async function nodeOf(socket) {
  const channel = socket.channel('node');
  await response(channel.join());
  const {name} = await response(channel.push('nodes', {}));
  await response(channel.leave());
  return name;
}

for (const [how, transport] of Object.entries(transports)) {
  test(`clients join, push and hear each other through nginx (${how})`, async () => {
    const [ana, bob] = await Promise.all([enter(transport, 'room:lobby'), enter(WebSocket, 'room:lobby')]);
    assert.deepEqual(await response(ana.room.push('echo', {text: 'ahoy'})), {text: 'ahoy'});
    for (const [from, to] of [[ana, bob], [bob, ana]]) {
      const heard = next(to.room, 'shout');
      from.room.push('shout', {text: 'land'});
      assert.deepEqual(await heard, {text: 'land'});
    }
    const text = 'x'.repeat(500_000);
    assert.equal((await response(ana.room.push('echo', {text}))).text, text);
  });
}

/** The text of a stream of events until it has `end`. */
async function readUntil(reader, end) {
  let text = '';
  while (!text.includes(end)) {
    const {value, done} = await reader.read();
    assert.ok(!done, `the stream ended after: ${text}`);
    text += Buffer.from(value).toString();
  }
  return text;
}

test('each server-sent event arrives through nginx at once', async () => {
  const reader = (await fetch(`${url}/socket/sse?topic=room:events`)).body.getReader();
  assert.match(await readUntil(reader, '\n\n'), /^event: phx_reply\n/);
  const ana = await enter(WebSocket, 'room:events');
  for (const n of [1, 2, 3]) {
    ana.room.push('shout', {n});
    assert.equal(await readUntil(reader, '\n\n'), `event: shout\ndata: {"n":${n}}\n\n`);
  }
  await reader.cancel();
});

test('WebSockets are spread over the nodes; the polls of one address stay on one', async () => {
  const clients = [];
  for (let i = 0; i < 6; ++i) clients.push(await enter(WebSocket, 'room:spread'));
  const names = await Promise.all(clients.map(({socket}) => nodeOf(socket)));
  assert.deepEqual([...new Set(names)].sort(), ['a', 'b', 'c']);
  const polls = await Promise.all([1, 2, 3].map(() => enter(LongPoll, 'room:spread')));
  assert.equal(new Set(await Promise.all(polls.map(({socket}) => nodeOf(socket)))).size, 1);
});

/** A client that pushes all the time, and records its connections, replies and messages. */
class Member {
  constructor(number, transport) {
    Object.assign(this, {number, transport, connections: 0, answered: 0, refused: 0, heard: [], stopped: false});
  }

  async start() {
    const {socket, room} = await enter(this.transport, 'room:rolling', {reconnectAfterMs: () => 50, rejoinAfterMs: () => 50});
    Object.assign(this, {socket, room, connections: 1});
    socket.onOpen(() => ++this.connections);
    room.on('shout', ({n}) => this.heard.push(n));
    room.joinPush.receive('error', () => ++this.refused);
    busy.push(this);
    this.pushing = this.push();
    return this;
  }

  async push() {
    while (!this.stopped) {
      // A push on a connection that breaks is not answered; that the client tries again is up to its program.
      await response(this.room.push('echo', {}, 5_000)).then(() => ++this.answered, () => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop() {
    this.stopped = true;
    await this.pushing;
  }
}

let said = 0;

/**
 * Waits until all members receive a message of one. It repeats the message, because a message that is sent while nodes
 * are finding each other may be lost.
 */
const hearEachOther = (members, speaker) => eventually('all hear one', async () => {
  const n = ++said;
  speaker.room.push('shout', {n});
  await eventually(`all hear number ${n}`, () => {
    const deaf = members.filter(({heard}) => !heard.includes(n));
    if (deaf.length > 0) throw new Error(`not ${deaf.map(({number}) => number)}`);
    return true;
  }, 3_000);
  return true;
}, patienceMs);

test('a rolling restart of all nodes is nothing but a reconnect for clients behind nginx', async () => {
  const kinds = [...Array(9).fill(WebSocket), ...Array(3).fill(LongPoll)];
  const members = await Promise.all(kinds.map((transport, number) => new Member(number, transport).start()));
  for (const [round, node] of nodes.entries()) {
    assert.equal(await node.stop(), 0);
    await eventually('all are back', () => members.every(({room, socket}) => room.state === 'joined' && socket.isConnected()), patienceMs);
    const answered = members.map((member) => member.answered);
    await eventually('all work', () => members.every((member, i) => member.answered > answered[i]), patienceMs);
    await response(members[round].room.push('ping', {}));
    await hearEachOther(members, members[round]);
    await node.start();
    await linked(nodes);
  }
  await Promise.all(members.map((member) => member.stop()));
  for (const {number, heard, refused} of members) {
    assert.equal(new Set(heard).size, heard.length, `client ${number} heard nothing twice`);
    assert.equal(refused, 0, `client ${number} was not refused`);
  }
  const moved = members.filter(({connections}) => connections > 1);
  assert.ok(moved.length >= 9, `${moved.length} clients were moved`);
});

test('if a node is killed, another one serves its clients', async () => {
  const {socket, room} = await enter(WebSocket, 'room:lost', {reconnectAfterMs: () => 50, rejoinAfterMs: () => 50});
  const name = await nodeOf(socket);
  const node = nodes.find((one) => one.name === name);
  node.child.kill('SIGKILL');
  await eventually('it is elsewhere', async () => room.state === 'joined' && await nodeOf(socket) !== name, patienceMs);
  assert.deepEqual(await response(room.push('echo', {n: 1})), {n: 1});
  await node.start();
});

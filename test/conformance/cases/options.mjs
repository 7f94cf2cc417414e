import WebSocket from 'ws';

import {area} from '../lib/cases.mjs';
import {answer, heard} from '../lib/client.mjs';
import {Mismatch, check, someText} from '../lib/matching.mjs';
import {beat, error, heartbeat, join, notJoined, ok, reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';
import {clientFrame} from '../lib/websocket_frame.mjs';

const test = area('options', 'Routes, joins side by side, join timeouts, malformed messages that are answered',
  {edge: true});

const any = ({connect, edge}, options) => connect({server: edge, path: '/any/websocket', ...options});
const route = (name, rest) => ok({route: name, rest});

// -- routes (socket.ex, channel/3) --

const routes = [
  ['route:exact', 'route:exact', ''], ['route:exactly', 'route:ex*', 'actly'], ['route:ex', 'route:ex*', ''],
  ['route:other', 'route:*', 'other'], ['route:', 'route:*', ''], ['route:é*', 'route:*', 'é*'],
  ['route:never', 'route:*', 'never'],  // the first that matches, in the order in which they were declared
  ['bare', 'bare*', ''], ['bareness', 'bare*', 'ness'], ['bare:x', 'bare*', ':x'],
];
for (const [topic, name, rest] of routes) {
  test(`the topic ${topic} is served by ${name}`, async (context) => {
    const peer = await any(context);
    await peer.send(join(topic));
    await peer.expect(reply('1', '1', topic, route(name, rest)));
  });
}

test('a topic without a route is an unmatched topic', async (context) => {
  const peer = await any(context);
  for (const topic of ['route', 'Route:x', ' route:x', 'bar', 'exact', '', '*', 'route']) {
    await peer.send(join(topic));
    await peer.expect(notJoined('1', topic));
  }
});

// -- joins side by side --

test('joins side by side: a quick join overtakes a slow one, and each answer is the first of its topic',
  async ({connect, edge}) => {
  const peer = await connect({server: edge, path: '/side_by_side/websocket'});
  await peer.send(join('route:a', {sleep: scaled(200)}, 'a'), join('route:b', {sleep: scaled(50)}, 'b'), join('route:c', {}, 'c'),
    ['a', '1', 'route:a', 'phx_leave', {}]);
  await peer.expect(reply('c', 'c', 'route:c', route('route:*', 'c')), reply('b', 'b', 'route:b', route('route:*', 'b')),
    reply('a', 'a', 'route:a', route('route:*', 'a')), reply('a', '1', 'route:a'));
});

// -- join timeouts --

test('a join that takes too long is refused, and those behind it go on', async ({connect, edge}) => {
  const peer = await connect({server: edge, path: '/timed/websocket'});
  const late = error({reason: 'join timeout'});
  await peer.send(join('route:a', {sleep: scaled(600)}, 'a'), ['a', '1', 'route:a', 'x', {}], join('route:b', {}, 'b'));
  await peer.expect(reply('a', 'a', 'route:a', late), notJoined('1', 'route:a'),
    reply('b', 'b', 'route:b', route('route:*', 'b')));
  await peer.send(join('route:a', {}, 'again'));
  await peer.expect(reply('again', 'again', 'route:a', route('route:*', 'a')));
  await new Promise((resolve) => setTimeout(resolve, scaled(700)));
  await peer.settle();
}, {seconds: 1});

// -- long poll --

test('a token is good for the mount that gave it out, and for no other', async ({session, edge}) => {
  const polling = await session({server: edge, path: '/any/longpoll'});
  const elsewhere = await session({server: edge, path: '/tokens/longpoll', begin: false});
  elsewhere.token = polling.token;
  check({status: 410}, await elsewhere.post([JSON.stringify(heartbeat('h'))]));
  const answered = await elsewhere.poll();
  check(410, answered.status);
  check(false, answered.token === polling.token, 'the same token');
  check({status: 200}, await polling.post([JSON.stringify(heartbeat('h'))]));
  check([beat('h')], (await polling.poll()).messages.map((one) => JSON.parse(one)));
});

// -- malformed messages that are answered --

const malformed = {...error({reason: 'malformed message', message: someText})};
const nonsense = ['{nope', '[]', '{}', '"x"', '[null,"1","phoenix","heartbeat"]', Buffer.from([9]), Buffer.alloc(0)];

test('with answer_malformed, a malformed message is answered, and the connection goes on', async (context) => {
  const {connect, edge} = context;
  for (const vsn of ['2.0.0', '1.0.0']) {
    const peer = await connect({server: edge, path: '/patient/websocket', vsn});
    for (const one of nonsense) {
      if (vsn === '1.0.0' && one === '{nope') continue;
      peer.raw(clientFrame(Buffer.isBuffer(one) ? 2 : 1, one));
      await peer.expect(reply(null, null, 'phoenix', malformed));
    }
    await peer.settle();
  }
});

test('text that is not UTF-8 closes all the same', async ({connect, edge}) => {
  const peer = await connect({server: edge, path: '/patient/websocket'});
  peer.frame(1, Buffer.from([0xff]));
  await peer.expectClose(1007);
});

test('long poll: such a post is 200, and the answer comes with the next poll', async ({session, edge}) => {
  const polling = await session({server: edge, path: '/patient/longpoll'});
  check({status: 200}, await polling.post(['[nope', JSON.stringify(heartbeat('h'))]));
  check([reply(null, null, 'phoenix', malformed), beat('h')],
    (await polling.poll()).messages.map((one) => JSON.parse(one)));
});

test('the official client is not put out by such an answer', async ({client, edge}) => {
  const socket = client({url: edge.url, path: '/patient'});
  const messages = [];
  socket.onMessage((message) => messages.push(message.payload.response?.reason));
  socket.connect();
  await answer(socket.channel('route:exact').join());
  socket.conn.send('nonsense');
  check('number', typeof await new Promise((resolve) => socket.ping(resolve)));
  if (!messages.includes('malformed message')) throw new Mismatch('malformed message', messages);
});

// -- compression --

test('permessage-deflate is agreed on if it is offered, without context takeover', async ({upgrade, edge}) => {
  const agreed = async (path, offer) => (await upgrade({server: edge, path,
    headers: {'Sec-WebSocket-Extensions': offer}})).headers['sec-websocket-extensions'] ?? null;
  const answered = await agreed('/compressed/websocket', 'permessage-deflate; client_max_window_bits');
  for (const word of ['permessage-deflate', 'server_no_context_takeover', 'client_no_context_takeover']) {
    if (!answered.split(/; */).includes(word)) throw new Mismatch(word, answered);
  }
  check(null, await agreed('/compressed/websocket', 'x-other'));
  check(null, await agreed('/any/websocket', 'permessage-deflate'));
});

test('a client that compresses and one that does not receive the same messages', async ({edge, client, name}) => {
  const topic = name('fault:');
  class Compressing extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, {perMessageDeflate: {threshold: 0}});
    }
  }
  class Plain extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, {perMessageDeflate: false});
    }
  }
  const members = [];
  for (const transport of [Compressing, Plain]) {
    const socket = client({url: edge.url, path: '/compressed', transport});
    socket.connect();
    const channel = socket.channel(topic);
    await answer(channel.join());
    check(transport === Compressing ? 'permessage-deflate' : '', socket.conn.extensions);
    members.push(channel);
  }
  for (const text of ['', 'x', 'é'.repeat(10), 'abc'.repeat(5_000)]) {
    const all = Promise.all(members.map((channel) => heard(channel, 'said')));
    for (const channel of members) {
      check({text}, await answer(channel.push('echo', {text})));
    }
    members[0].push('say', {text});
    check([{text}, {text}], await all);
  }
});

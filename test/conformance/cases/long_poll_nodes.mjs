import {LongPoll as LongPollTransport} from 'phoenix';

import {area} from '../lib/cases.mjs';
import {answer, eventually} from '../lib/client.mjs';
import {ndjson} from '../lib/long_poll.mjs';
import {Mismatch, check, someText} from '../lib/matching.mjs';
import {beat, binary, broadcast, heartbeat, join, ok, reply} from '../lib/messages.mjs';
import {optionsOfTwoNodes} from '../lib/nodes.mjs';
import {Switch} from '../lib/switch.mjs';
import {scaled} from '../lib/time.mjs';

const test = area('long poll nodes',
  'Long poll: requests that reach another node than the session\'s (transports/long_poll.ex, broadcast_from!)',
  {ownServers: true});

const text = JSON.stringify;
const sent = {status: 200};
const fresh = {status: 410, token: someText, messages: []};

/** Two nodes that know each other. */
async function twoNodes({start, connect, room}) {
  const [ofA, ofB] = await optionsOfTwoNodes();
  const a = await start(...ofA.options);
  const b = await start(...ofB.options, '--seed', ofA.seed);
  const [ana, bob] = [await connect({server: a}), await connect({server: b})];
  for (const peer of [ana, bob]) await peer.join(`${room}:nodes`);
  const again = setInterval(() => ana.send(['1', null, `${room}:nodes`, 'shout', {}]), 50);
  await bob.expect(broadcast(`${room}:nodes`, 'shout', {})).finally(() => clearInterval(again));
  // If both nodes dial each other at once, one of the two connections is closed again.
  await new Promise((resolve) => setTimeout(resolve, scaled(200)));
  await ana.send(['1', null, `${room}:nodes`, 'shout', {settled: true}]);
  await bob.skipTo(broadcast(`${room}:nodes`, 'shout', {settled: true}));
  for (const peer of [ana, bob]) peer.drop();
  return {a, b};
}

/** A session of node a, and the same as node b sees it. */
async function sessionOn(context, {a, b}) {
  const here = await context.session({server: a});
  const there = await context.session({server: b, begin: false});
  there.token = here.token;
  return {here, there};
}

/** The messages of a poll that has some. */
async function fetched(polling, options) {
  const {status, token, messages} = await polling.poll(options);
  check({status: 200, token: polling.token}, {status, token});
  return messages.map((one) => JSON.parse(one));
}

test('polls and posts are answered by either node, in order', async (context) => {
  const nodes = await twoNodes(context);
  const {here, there} = await sessionOn(context, nodes);
  const {room} = context;
  check(sent, await there.post([text(join(room)), text(['1', '2', room, 'echo', {n: 1}])]));
  check([reply('1', '1', room), reply('1', '2', room, ok({n: 1}))], await fetched(there));
  for (let i = 0; i < 20; i += 1) {
    check(sent, await (i % 2 ? here : there).post([text(['1', `${i}`, room, 'echo', {i}])]));
    check([reply('1', `${i}`, room, ok({i}))], await fetched(i % 3 ? there : here));
  }
});

test('a poll on the other node waits, and is answered as soon as there is a message', async (context) => {
  const {room, connect} = context;
  const nodes = await twoNodes(context);
  const {there} = await sessionOn(context, nodes);
  check(sent, await there.post([text(join(room))]));
  check([reply('1', '1', room)], await fetched(there));
  for (const server of [nodes.a, nodes.b]) {
    const peer = await connect({server});
    await peer.join(room);
    const waiting = fetched(there);
    await new Promise((resolve) => setTimeout(resolve, scaled(50)));
    await peer.send(['1', null, room, 'shout', {at: server.port}]);
    check([broadcast(room, 'shout', {at: server.port})], await waiting);
  }
});

test('a poll on the other node without messages is answered with 204 after the window', async (context) => {
  const {there} = await sessionOn(context, await twoNodes(context));
  const began = performance.now();
  check({status: 204, token: there.token, messages: []}, await there.poll({limitMs: 14_000}));
  const ms = performance.now() - began;
  if (ms < 9_900) throw new Mismatch('10 s', `${ms} ms`);
}, {seconds: 10});

test('a poll on one node takes the place of the poll on the other', async (context) => {
  const {here, there} = await sessionOn(context, await twoNodes(context));
  for (const [first, second] of [[here, there], [there, here]]) {
    const earlier = first.poll();
    await new Promise((resolve) => setTimeout(resolve, scaled(100)));
    const last = fetched(second);
    check({status: 204, token: here.token, messages: []}, await earlier);
    check(sent, await first.post([text(heartbeat('h'))]));
    check([beat('h')], await last);
  }
});

test('a poll whose client leaves the other node takes nothing with it', async (context) => {
  const {here, there} = await sessionOn(context, await twoNodes(context));
  const connection = await context.http(there.server);
  there.poll({connection}).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, scaled(100)));
  connection.tcp.drop();
  await new Promise((resolve) => setTimeout(resolve, scaled(100)));
  check(sent, await here.post([text(heartbeat('h'))]));
  check([beat('h')], await fetched(here));
});

test('bytes go both ways', async (context) => {
  const {there} = await sessionOn(context, await twoNodes(context));
  const {room} = context;
  const bytes = Buffer.from(Array.from({length: 256}, (_, i) => i));
  check(sent, await there.post([text(join(room)), binary.clientPush('1', '2', room, 'echo', bytes)]));
  check([reply('1', '1', room), reply('1', '2', room, ok(bytes.toString('base64')))], await fetched(there));
  // About as much as one request may bring, and as may wait for a client.
  const refs = ['1', '2', '3', '4', '5', '6', '7', '8'];
  check(sent, await there.post(refs.map((ref) => text(['1', ref, room, 'echo', {s: 'x'.repeat(900_000)}]))));
  const got = [];
  while (got.length < refs.length) got.push(...await fetched(there));
  check(refs, got.map(([, ref]) => ref));
});

test('the other node reports a faulty request in the same way', async (context) => {
  const {here, there} = await sessionOn(context, await twoNodes(context));
  const {status} = await there.posts.request('POST', there.target, {body: 'no base64!',
    headers: {'x-phoenix-longpoll-token': there.token, 'content-type': ndjson}});
  check(400, status);
  check(sent, await there.post([text(heartbeat('h'))]));
  check([beat('h')], await fetched(here));
  const [random, node] = here.token.split('.');
  for (const token of [`${random}x.${node}`, `.${node}`, `${random}.`, `${random}.bm9ib2R5`, `${random}.!`]) {
    there.token = token;
    check({status: 410}, await there.post([text(heartbeat('h'))]), token);
    check(fresh, await there.poll(), token);
  }
});

test('a POST that is not handled within the window is 408 on the other node too', async (context) => {
  const {there} = await sessionOn(context, await twoNodes(context));
  check({status: 408}, await there.post([text(join(context.room, {sleep: 12_000}))],
    {limitMs: 16_000}));
}, {seconds: 12});

test('a session that ends, ends for both', async (context) => {
  const {user, room, connect} = context;
  const nodes = await twoNodes(context);
  const here = await context.session({server: nodes.a, params: {user}});
  const there = await context.session({server: nodes.b, begin: false});
  there.token = here.token;
  check(sent, await there.post([text(join(room))]));
  check([reply('1', '1', room)], await fetched(there));
  const waiting = there.poll();
  await new Promise((resolve) => setTimeout(resolve, scaled(100)));
  const admin = await connect({server: nodes.b});
  await admin.join(room);
  check(ok(), await admin.ask(room, 'disconnect', {id: `user_socket:${user}`}));
  const again = await waiting;
  check(fresh, again);
  check({status: 410}, await there.post([text(heartbeat('h'))]));
  there.token = again.token;  // the new session is the other node's own
  check(sent, await there.post([text(heartbeat('h'))]));
  check([beat('h')], await fetched(there));
});

for (const signal of ['SIGKILL', 'SIGTERM']) {
  test(`the session's node ends (${signal}): the client is told at once, and has a new session`, async (context) => {
    const nodes = await twoNodes(context);
    const {there} = await sessionOn(context, nodes);
    const waiting = there.poll();
    await new Promise((resolve) => setTimeout(resolve, scaled(100)));
    nodes.a.signal(signal);
    const again = await waiting;
    check(fresh, again);
    await nodes.a.exitWithin(10_000);
    check({status: 410}, await there.post([text(heartbeat('h'))]));
    there.token = again.token;
    check(sent, await there.post([text(heartbeat('h'))]));
    check([beat('h')], await fetched(there));
  });
}

test('the other node drains: its polls are answered at once, and the session lives on', async (context) => {
  const nodes = await twoNodes(context);
  const {here, there} = await sessionOn(context, nodes);
  const waiting = there.poll();
  await new Promise((resolve) => setTimeout(resolve, scaled(100)));
  nodes.b.signal('SIGTERM');
  check({status: 204, token: here.token, messages: []}, await waiting);
  check({code: 0, signal: null}, await nodes.b.exitWithin(10_000));
  check(sent, await here.post([text(heartbeat('h'))]));
  check([beat('h')], await fetched(here));
});

test('the official client behind a balancer: every request reaches the next node, and nothing is lost', async (context) => {
  const {a, b} = await twoNodes(context);
  const both = await Switch.open(a);
  context.after(() => both.close());
  both.choose = () => { both.target = both.target === a ? b : a; };
  const socket = context.client({url: both.url, transport: LongPollTransport});
  socket.connect();
  const channel = socket.channel(context.room);
  const seen = {joins: 0, shouts: []};
  channel.on('shout', ({n}) => seen.shouts.push(n));
  channel.join().receive('ok', () => { seen.joins += 1; });
  await eventually('a join', () => seen.joins === 1);
  const other = await context.connect({server: b});
  await other.join(context.room);
  for (let n = 0; n < 100; n += 1) {
    check({n}, await answer(channel.push('echo', {n})));
    await other.send(['1', null, context.room, 'shout', {n}]);
  }
  await eventually('all shouts', () => seen.shouts.length >= 100);
  check(Array.from({length: 100}, (_, n) => n), seen.shouts);
  check(1, seen.joins);
});

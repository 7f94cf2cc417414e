import {EventSource} from 'eventsource';

import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {check, Pattern} from '../lib/matching.mjs';
import {binary, broadcast, join, reply} from '../lib/messages.mjs';

const test = area('sse', 'Server-sent events: a topic as a stream (HTML, section 9.2)');

const position = new Pattern('a position', (value) => typeof value === 'string' && /^@.{1,31}$/s.test(value));
const joined = (response = {}) => ({event: 'phx_reply', data: {status: 'ok', response}});
const range = (from, to) => Array.from({length: to - from + 1}, (_, n) => from + n);

async function shout(peer, topic, numbers) {
  for (const n of numbers) await peer.send(['1', null, topic, 'shout', {n}]);
}

/** Follows a topic with history, and takes the answer to the join. */
async function followLog(context, topic, options) {
  const stream = await context.follow(topic, options);
  const first = await stream.next('the answer to the join');
  const {history} = first.data.response;
  check([200, 'phx_reply', history.at], [stream.head.status, first.event, first.id]);
  return {stream, history};
}

async function take(stream, numbers) {
  let id;
  for (const n of numbers) {
    const got = await stream.next(`shout ${n}`);
    check({event: 'shout', data: {n}, id: position}, got);
    ({id} = got);
  }
  return id;
}

test('the answer to the join comes first, then what is broadcast and pushed', async ({follow, connect, room}) => {
  const stream = await follow(room, {join: {reply: {a: {b: 'c'}}}});
  const {status, headers} = stream.head;
  check([200, 'text/event-stream', 'no-store', 'no'],
    [status, headers['content-type'], headers['cache-control'], headers['x-accel-buffering']]);
  check(joined({a: {b: 'c'}}), await stream.next());
  const speaker = await connect();
  await speaker.join(room);
  await shout(speaker, room, [1]);
  check({event: 'shout', data: {n: 1}}, await stream.next());
  await speaker.send(['1', null, room, 'private', {skip: 'nobody'}]);
  check({event: 'private', data: {skip: 'nobody', for: null}}, await stream.next());
});

test('no text of a payload begins a line of its own, and bytes are base64', async ({follow, connect, room}) => {
  const stream = await follow(room);
  check(joined(), await stream.next());
  const speaker = await connect();
  await speaker.join(room);
  const text = 'one\ntwo\r\n\r\ndata: forged\n\nevent: forged\u2028\0';
  await speaker.send(['1', null, room, 'shout', {text, [text]: 1}]);
  check({event: 'shout', data: {text, [text]: 1}}, await stream.next());
  await speaker.send(binary.clientPush('1', '', room, 'shout', [0, 10, 13, 255]));
  check({event: 'shout', data: {base64: 'AAoN/w=='}}, await stream.next());
});

test('connect decides first, then the topic, then the join', async ({follow, name}) => {
  const refused = await follow('room:deny');
  check(403, refused.head.status);
  check({status: 'error', response: {reason: 'unauthorized'}}, await refused.refusal());
  const unknown = await follow(name('nothing:'));
  check(404, unknown.head.status);
  check({status: 'error', response: {reason: 'unmatched topic'}}, await unknown.refusal());
  check(403, (await follow(name('nothing:'), {params: {reject: '1'}})).head.status);
  check(400, (await follow(undefined)).head.status);
  check(400, (await follow(undefined, {query: 'topic=room:1&join=text'})).head.status);
  check(400, (await follow(undefined, {query: 'topic=%ff'})).head.status);
});

test('a socket that does not offer event streams has none', async ({follow, room}) => {
  check(404, (await follow(room, {path: '/strict/sse'})).head.status);
});

test('only GET opens a stream', async ({http, room}) => {
  const connection = await http();
  for (const method of ['POST', 'HEAD', 'PUT', 'DELETE']) {
    const {status, headers} = await connection.request(method, `/socket/sse?topic=${room}`);
    check([405, 'GET'], [status, headers.allow]);
  }
});

test('a page of an allowed origin may read the stream; what a page of another site shows is refused', async ({follow, room}) => {
  const {head} = await follow(room, {headers: {origin: 'https://page.test'}});
  check([200, 'https://page.test'], [head.status, head.headers['access-control-allow-origin']]);
  for (const site of ['cross-site', 'same-site']) {
    check(403, (await follow(room, {headers: {'sec-fetch-site': site}})).head.status);
  }
  for (const site of ['same-origin', 'none']) {
    check(200, (await follow(room, {headers: {'sec-fetch-site': site}})).head.status);
  }
});

test('a client with HTTP/1.0 gets the events until the connection ends', async ({http, room, user, connect}) => {
  const connection = await http();
  connection.tcp.write(`GET /socket/sse?topic=${room}&user=${user} HTTP/1.0\r\n\r\n`);
  const all = (bytes, last) => (last ? {value: bytes.toString(), size: bytes.length} : undefined);
  const answer = (bytes) => (bytes.includes('phx_reply') ? {value: null, size: 0} : undefined);
  await connection.tcp.next(answer, 8_000, 'the answer to the join');
  const speaker = await connect();
  await speaker.join(room);
  await speaker.send(['1', null, room, 'private', {stop: user}]);
  const whole = await connection.tcp.next(all, 8_000, 'the end of the stream');
  check(['HTTP/1.1 200 OK', 'event: phx_reply\ndata: {"status":"ok","response":{}}\n\nevent: phx_close\ndata: {}\n\n'],
    [whole.split('\r\n')[0], whole.slice(whole.indexOf('\r\n\r\n') + 4)]);
});

test('a channel that ends says so, and the stream ends in order', async ({follow, connect, room, user}) => {
  const stream = await follow(room, {params: {user}});
  check(joined(), await stream.next());
  const speaker = await connect();
  await speaker.join(room);
  await speaker.send(['1', null, room, 'private', {stop: user}]);
  check({event: 'phx_close', data: {}}, await stream.next());
  check(null, await stream.next());
});

test('a client that goes ends its channel', async ({follow, audit, room, user}) => {
  const listener = await audit();
  const stream = await follow(room, {params: {user}});
  check(joined(), await stream.next());
  stream.drop();
  check({topic: room, user, reason: 'closed'}, await listener.report(room));
});

test('a disconnect ends the stream in order', async ({follow, connect, room, user}) => {
  const stream = await follow(room, {params: {user}});
  check(joined(), await stream.next());
  const other = await connect();
  await other.join(room);
  await other.send(['1', 'd', room, 'disconnect', {id: `user_socket:${user}`}]);
  check(null, await stream.next());
});

test('presence counts who follows', async ({follow, name, user}) => {
  const stream = await follow(name('presence:'), {params: {user}});
  check(joined(), await stream.next());
  const state = await stream.next('presence_state');
  check(['presence_state', [user]], [state.event, Object.keys(state.data)]);
});

test('each event of a topic with history has its position as its id; a client continues after the last one', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  await speaker.join(topic);
  const {stream, history} = await followLog(context, topic);
  check([true, 0], [history.recovered, history.missed]);
  await shout(speaker, topic, [1, 2]);
  const at = await take(stream, [1, 2]);
  stream.drop();
  await shout(speaker, topic, [3, 4]);
  await speaker.skipTo(broadcast(topic, 'shout', {n: 4}));
  const again = await followLog(context, topic, {headers: {'last-event-id': at}, join: {history: {last: 1}}});
  check([true, 2], [again.history.recovered, again.history.missed]);
  await shout(speaker, topic, [5]);
  await take(again.stream, [3, 4, 5]);
});

test('numbers of the history are decimal text', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  await speaker.join(topic);
  await shout(speaker, topic, range(1, 5));
  await speaker.skipTo(broadcast(topic, 'shout', {n: 5}));
  for (const [history, numbers] of [[{last: '2'}, [4, 5]], [{last: '0'}, []], [{within: '60000'}, range(1, 5)]]) {
    const {stream, history: about} = await followLog(context, topic, {join: {history}});
    check([true, numbers.length], [about.recovered, about.missed]);
    await take(stream, numbers);
    stream.drop();
  }
  const {history: unknown} = await followLog(context, topic, {join: {history: {last: 'five'}}});
  check([false, 'unknown'], [unknown.recovered, unknown.reason]);
});

test('a position that nobody knows is said to be unknown', async (context) => {
  const topic = context.name('log:');
  for (const id of ['@forged', 'text', '@']) {
    const {history} = await followLog(context, topic, {headers: {'last-event-id': id}});
    check([false, 'unknown'], [history.recovered, history.reason]);
  }
});

test('a replay of more than fits at once is complete', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  await speaker.join(topic);
  await speaker.send(['1', 'f', topic, 'fill', {n: 400, size: 1_000}]);
  await speaker.skipTo(reply('1', 'f', topic));
  const {stream} = await followLog(context, topic, {join: {history: {last: '400'}}});
  for (const i of range(0, 399)) check(i, (await stream.next()).data.i);
});

test('a broadcast that is not kept has no id, and bytes have theirs in the same event', async (context) => {
  const topic = context.name('log:');
  const speaker = await context.connect();
  await speaker.join(topic);
  const {stream} = await followLog(context, topic);
  await speaker.send(['1', null, topic, 'whisper', {n: 1}]);
  check({event: 'whisper', data: {n: 1}}, await stream.next());
  await speaker.send(binary.clientPush('1', '', topic, 'shout', 'a'));
  check({event: 'shout', data: {base64: 'YQ=='}, id: position}, await stream.next());
});

test('a quiet stream gets a comment every 15 seconds', async ({follow, room}) => {
  const stream = await follow(room);
  check(joined(), await stream.next());
  const begin = Date.now();
  check({comment: ''}, await stream.nextOrComment('a comment', 20_000));
  check(true, Date.now() - begin > 10_000);
}, {seconds: 16});

/** The events of an EventSource from the package `eventsource`, which comes back by itself. */
function listen(context, url) {
  const source = new EventSource(url);
  context.after(() => source.close());
  const got = {source, numbers: [], replies: []};
  source.addEventListener('shout', (event) => got.numbers.push(JSON.parse(event.data).n));
  source.addEventListener('phx_reply', (event) => got.replies.push(JSON.parse(event.data)));
  return got;
}

test('an EventSource gets each event once, across disconnects', async (context) => {
  const topic = context.name('log:');
  const {user} = context;
  const speaker = await context.connect();
  await speaker.send(join(topic));
  await speaker.expect(reply('1', '1', topic));
  const got = listen(context, `${context.server.url}/socket/sse?topic=${topic}&user=${user}`);
  await eventually('the stream is open', () => got.replies.length === 1);
  await shout(speaker, topic, range(1, 20));
  await eventually('20 events', () => got.numbers.length === 20);
  await speaker.send(join(context.room, {}, 'r'));
  await speaker.skipTo(reply('r', 'r', context.room));
  await speaker.send(['r', 'd', context.room, 'disconnect', {id: `user_socket:${user}`}]);
  await shout(speaker, topic, range(21, 40));
  await eventually('the stream is open again', () => got.replies.length === 2, 20_000);
  await shout(speaker, topic, range(41, 60));
  await eventually('60 events', () => got.numbers.length >= 60);
  check(range(1, 60), got.numbers);
  check([true, 20], [got.replies[1].response.history.recovered, got.replies[1].response.history.missed]);
}, {seconds: 4});

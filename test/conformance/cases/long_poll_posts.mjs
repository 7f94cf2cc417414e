import {area} from '../lib/cases.mjs';
import {HttpConnection} from '../lib/http.mjs';
import {Mismatch, check, oneOf, someText} from '../lib/matching.mjs';
import {beat, binary, heartbeat, join, ok, pushed, reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';

const test = area('long poll posts',
  'Long poll: what is posted, and how bytes come down (transports/long_poll.ex, publish)');

const text = JSON.stringify;
const sent = {status: 200};
const beatText = (ref) => text(heartbeat(ref));

/** The messages of the next poll. */
const fetched = async (polling, options) => (await polling.poll(options)).messages.map((one) => JSON.parse(one));

/** Posts as it is written. @returns the HTTP response */
function rawPost(polling, body, headers = {'content-type': 'application/x-ndjson'}) {
  return polling.posts.request('POST', polling.target,
    {headers: {'x-phoenix-longpoll-token': polling.token, ...headers}, body});
}

test('the answer is HTTP 200 and {"status":200}, and brings no messages', async ({session}) => {
  const {status, body} = await rawPost(await session(), beatText('h'));
  check([200, '{"status":200}'], [status, body]);
});

test('the lines of a batch are handled in order', async ({session, room}) => {
  const polling = await session();
  check(sent,
    await polling.post([text(join(room)), text(['1', '2', room, 'echo', {n: 1}]),
      text(['1', '3', room, 'push', {n: 2}]), beatText('h')]));
  const got = [];
  while (got.length < 4) got.push(...await fetched(polling));
  // A heartbeat is answered by the connection, which need not wait for the channel.
  check([reply('1', '1', room), reply('1', '2', room, ok({n: 1})), pushed('1', room, 'pushed', {n: 2})],
    got.filter((message) => message[2] === room));
});

const batches = [
  ['lines that end with a line feed', [`${beatText('a')}\n${beatText('b')}\n`]],
  ['lines that end with carriage return and line feed', [`${beatText('a')}\r\n${beatText('b')}\r\n`]],
  ['empty lines, which are skipped', [`\n\n${beatText('a')}\n\r\n\n${beatText('b')}\n\n`]],
  ['two bodies', [beatText('a'), `${beatText('b')}\n`]],
  ['text in base64, as a binary message',
    [`${beatText('a')}\n${binary.clientPush('', 'b', 'phoenix', 'heartbeat').toString('base64')}`]],
];
for (const [title, bodies] of batches) {
  test(title, async ({session}) => {
    const polling = await session();
    for (const body of bodies) check(sent, await polling.post(body));
    const got = [];
    while (got.length < 2) got.push(...await fetched(polling));
    check([beat('a'), beat('b')], got);
  });
}

test('an empty body, and one of empty lines, does no harm', async ({session}) => {
  const polling = await session();
  for (const body of ['', '\n', '\r\n\n']) check(sent, await polling.post(body));
  check(sent, await polling.post(beatText('h')));
  check([beat('h')], await fetched(polling));
});

test('of a batch the first hundred lines are handled', async ({session, room}) => {
  const polling = await session();
  check(sent, await polling.post([text(join(room))]));
  check([reply('1', '1', room)], await fetched(polling));
  check(sent, await polling.post(Array.from({length: 105}, (_, i) => text(['1', i, room, 'echo', {}]))));
  check(sent, await polling.post([text(['1', 'last', room, 'echo', {}])]));
  const refs = [];
  while (refs.at(-1) !== 'last') refs.push(...(await fetched(polling)).map((message) => message[1]));
  check([...Array.from({length: 100}, (_, i) => i), 'last'], refs);
});

for (const type of ['application/json', 'text/plain', 'application/x-ndjson; charset=utf-8', 'application/X-NDJSON2',
  null]) {
  test(`the content type ${type}: the body is one text message, over several lines too`, async ({session}) => {
    const polling = await session();
    const {status, body} = await rawPost(polling, '[null,\n"h",\n"phoenix","heartbeat",{}]', {'content-type': type});
    check([200, '{"status":200}'], [status, body]);
    check([beat('h')], await fetched(polling));
  });
}

test('base64 that is none is no error of the server, and the session survives', async ({session}) => {
  const polling = await session();
  for (const line of ['!!!', 'AAA=A', '{"topic":"phoenix"}', 'a b c d ']) {
    const {status} = await rawPost(polling, line);
    if (status >= 500) throw new Mismatch('another status than 5xx', status, line);
    check(sent, await polling.post(beatText('h')));
    check([beat('h')], await fetched(polling));
  }
});

for (const [title, body, type] of [
  ['text that is no JSON', '[nope', 'application/x-ndjson'],
  ['text of four elements', '[null,"1","phoenix","heartbeat"]', 'application/json'],
  ['a binary message that is none', Buffer.from([9, 9]).toString('base64'), 'application/x-ndjson'],
  ['text of version 1', '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}', 'application/json'],
]) {
  test(`${title} ends the session: 408, and from then on 410`, async ({session}) => {
    const polling = await session();
    check({status: 408}, await polling.post(body, {type, limitMs: 14_000}));
    check({status: 410}, await polling.post(beatText('h')));
    const answer = await polling.poll();
    check({status: 410, token: someText, messages: []}, answer);
    if (answer.token === polling.token) throw new Mismatch('a new token', answer.token);
  });
}

test('posts behind a slow join wait up to 8 MB: a further one is 429, and the session goes on', async (context) => {
  const {session, room} = context;
  const polling = await session();
  const joining = polling.post([text(join(room, {sleep: 8_000}))], {limitMs: 20_000});
  await new Promise((resolve) => setTimeout(resolve, scaled(300)));  // it is under way
  const large = Array(7).fill(text(['1', null, room, 'noreply', {s: 'x'.repeat(1_000_000)}]));
  const others = [];
  for (let i = 0; i < 3; i += 1) {
    const other = await HttpConnection.open(context.server, 20_000);
    context.after(() => other.tcp.drop());
    others.push(other.request('POST', polling.target, {body: large.join('\n'),
      headers: {'x-phoenix-longpoll-token': polling.token, 'content-type': 'application/x-ndjson'}}));
  }
  check(sent, await joining);
  const statuses = (await Promise.all(others)).map(({body}) => JSON.parse(body).status).sort();
  check([200, 429, 429], statuses);
  check([reply('1', '1', room)], await fetched(polling));
  check(sent, await polling.post(beatText('h')));
  check([beat('h')], await fetched(polling));
}, {seconds: 9});

test('a post is answered when its messages were handled, and so waits for a slow join', async ({session, room}) => {
  const polling = await session();
  const began = performance.now();
  check(sent, await polling.post([text(join(room, {sleep: 300}))]));
  const ms = performance.now() - began;
  if (ms < 299) throw new Mismatch('300 ms at least', `${ms} ms`);
  check([reply('1', '1', room)], await fetched(polling));
});

test('a join that is slower than the window: the post is 408, and the reply comes', async ({session, room}) => {
  const polling = await session();
  const began = performance.now();
  check({status: 408}, await polling.post([text(join(room, {sleep: 11_000}))], {limitMs: 14_000}));
  const ms = performance.now() - began;
  if (ms < 9_900 || ms > scaled(11_500)) throw new Mismatch('10 s, or little more', `${ms} ms`);
  check([reply('1', '1', room)], await fetched(polling));
}, {seconds: 11});

test('a post does not wait for a busy channel', async ({session, room}) => {
  const polling = await session();
  check(sent, await polling.post([text(join(room))]));
  check([reply('1', '1', room)], await fetched(polling));
  const began = performance.now();
  const busyMs = Math.min(scaled(1_500), 8_000);  // less than a poll's window
  check(sent, await polling.post([text(['1', '2', room, 'sleep', {ms: busyMs}])]));
  const ms = performance.now() - began;
  if (ms >= busyMs) throw new Mismatch(`less than ${busyMs} ms`, `${ms} ms`);
  check([reply('1', '2', room)], await fetched(polling));
});

test('a body of more than 8 MB is HTTP 400', async ({session}) => {
  const {status} = await rawPost(await session(), Buffer.alloc(8_000_001, ' '));
  check(400, status);
});

for (const [title, type, around, pad] of [
  ['a body', 'application/json', (message) => message, ' '],
  ['a line of a batch', 'application/x-ndjson', (message) => `${beatText('a')}\n${message}\n`, ' '],
  ['a binary line of a batch', 'application/x-ndjson',
    (message) => `${beatText('a')}\n${Buffer.from(message, 'latin1').toString('base64')}\n`, '\0'],
]) {
  test(`a message of more than 2 MB in ${title} is HTTP 400, none is handled, and the session goes on`,
    async ({session}) => {
    const polling = await session();
    check(400, (await rawPost(polling, around(pad.repeat(2_097_153)), {'content-type': type})).status);
    check(sent, await polling.post(beatText('h')));
    check([beat('h')], await fetched(polling));
  });
}

test('a message of 2 MB is fine', async ({session}) => {
  const polling = await session();
  check(sent, await polling.post(beatText('h').padEnd(2_097_152)));
  check([beat('h')], await fetched(polling));
});

test('a query of more than 256 parameters is HTTP 400', async ({session}) => {
  const polling = await session();
  const body = beatText('h');
  const target = `${polling.target}&${Array.from({length: 256}, (_, i) => `p${i}=`).join('&')}`;
  for (const headers of [{}, {'x-phoenix-longpoll-token': polling.token}]) {
    for (const method of ['GET', 'POST']) {
      check(400, (await polling.posts.request(method, target, {headers, body})).status);
    }
  }
});

test('a body of half a megabyte is fine', async ({session, room}) => {
  const polling = await session();
  const s = 'é'.repeat(250_000);
  check(sent, await polling.post([text(join(room)), text(['1', '2', room, 'echo', {s}])]));
  const got = [];
  while (got.length < 2) got.push(...await fetched(polling));
  check([reply('1', '1', room), reply('1', '2', room, ok({s}))], got);
});

test('posts on several connections are handled in the order of their answers', async ({session, http, room}) => {
  const polling = await session();
  check(sent, await polling.post([text(join(room))]));
  check([reply('1', '1', room)], await fetched(polling));
  for (let i = 0; i < 20; i += 1) check(sent,
    await polling.post([text(['1', i, room, 'echo', {}])], {connection: await http()}));
  const refs = [];
  while (refs.length < 20) refs.push(...(await fetched(polling)).map((message) => message[1]));
  check(Array.from({length: 20}, (_, i) => i), refs);
});

// A JSON string cannot hold bytes: a payload of bytes comes as base64.
test('bytes go up and come down in base64, as reply, push and broadcast', async ({session, connect, room}) => {
  const polling = await session();
  const ana = await connect();
  const data = Buffer.from([0, 1, 127, 128, 254, 255, 34, 92, 10]);
  const inText = data.toString('base64');
  await ana.join(room);
  check(sent, await polling.post([text(join(room))]));
  check([reply('1', '1', room)], await fetched(polling));
  check(sent, await polling.post([
    binary.clientPush('1', '2', room, 'echo', data), binary.clientPush('1', '3', room, 'error', data),
    binary.clientPush('1', '4', room, 'push', data), binary.clientPush('1', '5', room, 'shout', data),
  ]));
  await ana.expect(binary.broadcast(room, 'shout', data));
  const got = [];
  while (got.length < 4) got.push(...await fetched(polling));
  check([
    reply('1', '2', room, ok(inText)), reply('1', '3', room, {status: 'error', response: inText}),
    pushed('1', room, 'pushed', inText), [null, null, room, 'shout', inText],
  ], got);
});

test('a post that ends in the middle of its body does no harm', async ({session, http}) => {
  const polling = await session();
  const connection = await http();
  connection.send('POST', polling.target,
    {headers: {'x-phoenix-longpoll-token': polling.token, 'content-type': 'application/x-ndjson',
      'content-length': 1000}, body: beatText('lost')});
  connection.tcp.hangUp();
  check(sent, await polling.post(beatText('h')));
  check([beat('h')], await fetched(polling));
});

test('text that is not UTF-8 is no error of the server', async ({session}) => {
  const polling = await session();
  const {status} = await rawPost(polling, Buffer.from('[null,"\xff","phoenix","heartbeat",{}]', 'latin1'));
  check(oneOf(200, 400), status);
});

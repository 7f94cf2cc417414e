import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {Mismatch, check, someText} from '../lib/matching.mjs';
import {beat, broadcast, heartbeat, join, reply} from '../lib/messages.mjs';
import {scaled} from '../lib/time.mjs';

const test = area('long poll', 'Long poll: sessions and polls (transports/long_poll.ex, long_poll_server.ex)');

const text = JSON.stringify;
const sent = {status: 200};
const fresh = {status: 410, token: someText, messages: []};

/** The messages of a poll that has some. */
async function fetched(polling, options) {
  const {status, token, messages} = await polling.poll(options);
  check({status: 200, token: polling.token}, {status, token});
  for (const one of messages) check('string', typeof one, 'the type of a message');
  return messages.map((one) => JSON.parse(one));
}

test('the first GET opens a session: HTTP 200, the status 410, a token', async ({http}) => {
  const {status, headers, body} = await (await http()).request('GET', '/socket/longpoll?vsn=2.0.0');
  check([200, fresh], [status, JSON.parse(body)]);
  check('application/json; charset=utf-8', headers['content-type']);
  check('no-store', headers['cache-control']);
  check('*', headers['access-control-allow-origin']);
});

test('a trailing slash makes no difference', async ({http}) => {
  check(fresh, JSON.parse((await (await http()).request('GET', '/socket/longpoll/?vsn=2.0.0')).body));
});

test('every answer may be read by any page, and stored by no cache', async ({http, session}) => {
  const polling = await session();
  const connection = await http();
  const headers = {'x-phoenix-longpoll-token': polling.token};
  const answers = [
    await connection.request('GET', '/socket/longpoll?vsn=9.0.0'),
    await connection.request('POST', '/socket/longpoll?vsn=2.0.0', {body: ''}),
    await connection.request('POST', '/socket/longpoll?vsn=2.0.0', {headers, body: text(heartbeat('h'))}),
    await connection.request('GET', '/socket/longpoll?vsn=2.0.0', {headers}),
  ];
  for (const {status, headers: got} of answers) {
    check([200, 'application/json; charset=utf-8', 'no-store', '*'],
      [status, got['content-type'], got['cache-control'], got['access-control-allow-origin']]);
  }
});

test('a session has a token of its own, for as long as it lives', async ({session}) => {
  const [one, other] = [await session(), await session()];
  if (one.token === other.token) throw new Mismatch('two tokens', one.token);
  for (let i = 0; i < 3; i += 1) {
    check(sent, await one.post([text(heartbeat(`${i}`))]));
    check([beat(`${i}`)], await fetched(one));
  }
});

test('a poll takes all that there is, the oldest first', async ({session, room}) => {
  const polling = await session();
  check(sent, await polling.post([text(join(room)), text(heartbeat('a'))]));
  check(sent, await polling.post([text(heartbeat('b'))]));
  const got = await fetched(polling);
  check([reply('1', '1', room), beat('a'), beat('b')], got);
});

test('a poll waits, and is answered as soon as there is a message', async ({session, connect, room, http}) => {
  const [polling, ana] = [await session(), await connect()];
  check(sent, await polling.post([text(join(room))]));
  check([reply('1', '1', room)], await fetched(polling));
  await ana.join(room);
  for (let i = 0; i < 3; i += 1) {
    const waiting = fetched(polling, {connection: await http()});
    await new Promise((resolve) => setTimeout(resolve, scaled(50)));
    await ana.send(['1', null, room, 'shout', {i}]);
    await ana.expect(broadcast(room, 'shout', {i}));
    check([broadcast(room, 'shout', {i})], await waiting);
  }
});

test('a poll without messages is answered with 204 after its window, 10 s', async ({session}) => {
  const polling = await session();
  const began = performance.now();
  check({status: 204, token: polling.token, messages: []}, await polling.poll({limitMs: 14_000}));
  const ms = performance.now() - began;
  if (ms < 9_900 || ms > scaled(12_000)) throw new Mismatch('10 s, or little more', `${ms} ms`);
  check(sent, await polling.post([text(heartbeat('h'))]));
  check([beat('h')], await fetched(polling));
}, {seconds: 10});

test('of two polls at once the last gets the messages, the earlier 204', async ({session, http}) => {
  const polling = await session();
  const earlier = polling.poll({connection: await http(), limitMs: 14_000});
  await new Promise((resolve) => setTimeout(resolve, scaled(100)));
  const last = fetched(polling, {connection: await http()});
  await new Promise((resolve) => setTimeout(resolve, scaled(100)));
  check(sent, await polling.post([text(heartbeat('h'))]));
  check([beat('h')], await last);
  check({status: 204, token: polling.token, messages: []}, await earlier);
}, {seconds: 10});

test('messages are neither lost nor doubled, however many polls there are at once', async (context) => {
  const {session, connect, room, http} = context;
  const [polling, ana] = [await session(), await connect()];
  check(sent, await polling.post([text(join(room))]));
  check([reply('1', '1', room)], await fetched(polling));
  await ana.join(room);
  const count = 400;
  const got = [];
  const poller = async () => {
    const connection = await http();
    while (got.length < count) {
      const {status, messages} = await polling.poll({connection, limitMs: 14_000});
      if (status === 204) continue;
      const numbers = messages.map((one) => JSON.parse(one)[4].i);
      check([...numbers].sort((a, b) => a - b), numbers, 'the order within an answer');
      got.push(...numbers);
    }
  };
  const pollers = [poller(), poller(), poller()];
  for (let i = 0; i < count; i += 1) {
    await ana.send(['1', null, room, 'shout', {i}]);
    if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve, i % 4));
  }
  await eventually('all messages', () => got.length >= count);
  await ana.send(['1', null, room, 'shout', {i: count}]);  // for the poll that waits still
  await Promise.all(pollers);
  const numbers = got.filter((i) => i < count).sort((a, b) => a - b);
  check(Array.from({length: count}, (_, i) => i), numbers);
}, {seconds: 11});

test('messages to a session are kept while no poll waits, in order', async ({session, connect, room}) => {
  const [polling, ana] = [await session(), await connect()];
  check(sent, await polling.post([text(join(room))]));
  check([reply('1', '1', room)], await fetched(polling));
  await ana.join(room);
  for (let i = 0; i < 500; i += 1) await ana.send(['1', null, room, 'shout', {i}]);
  await ana.skipTo(broadcast(room, 'shout', {i: 499}));
  const got = [];
  while (got.length < 500) got.push(...await fetched(polling));
  check(Array.from({length: 500}, (_, i) => broadcast(room, 'shout', {i})), got);
});

test('a poll whose client went away takes nothing with it', async ({session, http}) => {
  const polling = await session();
  const connection = await http();
  polling.poll({connection}).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, scaled(100)));
  connection.tcp.drop();
  await new Promise((resolve) => setTimeout(resolve, scaled(100)));
  check(sent, await polling.post([text(heartbeat('h'))]));
  check([beat('h')], await fetched(polling));
});

test('the token may be in the header or in the query, and the header counts first', async ({session, http}) => {
  for (const tokenIn of ['header', 'query']) {
    const polling = await session({tokenIn});
    check(sent, await polling.post([text(heartbeat('h'))]));
    check([beat('h')], await fetched(polling));
  }
  const polling = await session();
  const connection = await http();
  const get = (header, query) => connection.request('GET', `/socket/longpoll?vsn=2.0.0&token=${query}`,
    {headers: {'x-phoenix-longpoll-token': header}});
  check(sent, await polling.post([text(heartbeat('h'))]));
  check(200, JSON.parse((await get(polling.token, 'nonsense')).body).status);
  check(410, JSON.parse((await get('nonsense', polling.token)).body).status);
});

test('with its token a session needs neither vsn nor its other parameters', async ({session, http, user}) => {
  const polling = await session({params: {user}});
  polling.target = '/socket/longpoll?';
  check(sent, await polling.post([text(heartbeat('h'))]));
  check([beat('h')], await fetched(polling));
  polling.target = '/socket/longpoll?vsn=9.0.0&reject=1';
  check(sent, await polling.post([text(heartbeat('h'))]));
  check([beat('h')], await fetched(polling, {connection: await http()}));
});

for (const token of ['nonsense', '', 'SFMyNTY.g2gDYQFuBgAAaOXPiwFiAAFRgA.JHeS4vfRDc4d2QV3hiFw31kHc1JGbW_NJhFtvSGILzU',
  'x'.repeat(4000)]) {
  test(`the token "${token.slice(0, 20)}" is none: a GET is a first one, a POST 410`, async ({session}) => {
    const polling = await session({begin: false});
    polling.token = token;
    check({status: 410}, await polling.post([text(heartbeat('h'))]));
    const answer = await polling.poll();
    check(fresh, answer);
    polling.token = answer.token;
    check(sent, await polling.post([text(heartbeat('h'))]));
    check([beat('h')], await fetched(polling));
  });
}

test('a POST without a token is 410', async ({session}) => {
  check({status: 410}, await (await session({begin: false})).post([text(heartbeat('h'))]));
});

test('OPTIONS returns the methods and headers that a page may send', async ({http}) => {
  const connection = await http();
  const {status, headers, body} = await connection.request('OPTIONS', '/socket/longpoll?vsn=2.0.0',
    {headers: {origin: 'http://a.test', 'access-control-request-headers': 'content-type, x-mine'}});
  const cors = (name) => headers[`access-control-${name}`];
  check([200, ''], [status, body]);
  check(['content-type, x-mine', 'get, post, options', '3600', '*'],
    [cors('allow-headers'), cors('allow-methods'), cors('max-age'), cors('allow-origin')]);
});

test('other methods are HTTP 400, with no body', async ({http}) => {
  for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD']) {
    const {status, body} = await (await http()).request(method, '/socket/longpoll?vsn=2.0.0', {body: ''});
    check([400, ''], [status, body], method);
  }
});

test('/strict has no long poll: 404', async ({session, http}) => {
  const polling = await session();
  const connection = await http();
  for (const method of ['GET', 'POST', 'OPTIONS']) {
    const request = {headers: {'x-phoenix-longpoll-token': polling.token}, body: ''};
    check(404, (await connection.request(method, '/strict/longpoll?vsn=2.0.0', request)).status, method);
  }
});

test('fifty sessions receive one broadcast', async ({poll, connect, room}) => {
  const peers = await Promise.all(Array.from({length: 50}, () => poll()));
  await Promise.all(peers.map((peer) => peer.join(room)));
  const ana = await connect();
  await ana.join(room);
  await ana.send(['1', null, room, 'shout', {n: 1}]);
  await Promise.all(peers.map((peer) => peer.expect(broadcast(room, 'shout', {n: 1}))));
});

test('a session that is not polled ends, and its channels with it', async ({session, audit, room, user}) => {
  const listener = await audit();
  const polling = await session({params: {user}});
  const began = performance.now();
  check(sent, await polling.post([text(join(room))]));
  check({topic: room, user, reason: someText}, await listener.report(room, 34_000));
  const seconds = (performance.now() - began) / 1000;
  if (seconds < 14.5 || seconds > scaled(32)) throw new Mismatch('1.5 to 3 windows of 10 s', `${seconds} s`);
  check({status: 410}, await polling.post([text(heartbeat('h'))]));
  const answer = await polling.poll();
  check(fresh, answer);
  if (answer.token === polling.token) throw new Mismatch('a new token', answer.token);
}, {seconds: 32});

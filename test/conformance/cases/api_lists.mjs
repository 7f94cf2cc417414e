import {area} from '../lib/cases.mjs';
import {eventually} from '../lib/client.mjs';
import {checkProblem, serverWithApi} from '../lib/api.mjs';
import {Mismatch, check, someText} from '../lib/matching.mjs';

const test = area('api', 'The HTTP API for other programs', {ownServers: true});

test('topics are listed in order, in pages, with their subscribers', async (context) => {
  const {server, api} = await serverWithApi(context);
  const prefix = context.name('room:');
  const peer = await context.connect({server});
  for (let i = 0; i < 25; i += 1) await peer.join(`${prefix}:${String(i).padStart(2, '0')}`);
  const other = await context.connect({server});
  await other.join(`${prefix}:07`);
  const query = `/v1/topics?prefix=${encodeURIComponent(prefix)}`;
  const pages = await api.pages(`${query}&limit=10`, 'topics');
  check([10, 10, 5], pages.map((page) => page.length));
  const all = pages.flat();
  check(Array.from({length: 25}, (_, i) => ({topic: `${prefix}:${String(i).padStart(2, '0')}`, subscribers: i === 7 ? 2 : 1})), all);
  check({topics: [], cursor: null}, (await api.get(`/v1/topics?prefix=${prefix}nothing`)).body);
});

test('wrong parameters are 400', async (context) => {
  const {api} = await serverWithApi(context);
  for (const query of ['topics?limit=0', 'topics?limit=1001', 'topics?limit=x', 'topics?limit=-1', 'topics?limit=1.5',
    'topics?cursor=***', 'topics?other=1', 'topics?prefix[]=a', 'topics?prefix=%zz', 'sockets?cursor=YWJj', 'sockets?cursor=x',
    'sockets?limit=99999999999999999999', 'nodes?x=1', 'topics/a/history?limit=0', 'topics/a/presence?a=b']) {
    checkProblem(400, await api.get(`/v1/${query}`), query);
  }
});

test('the presences of a topic are those that its clients see', async (context) => {
  const {server, api} = await serverWithApi(context);
  const topic = context.name('presence:');
  const path = `/v1/topics/${encodeURIComponent(topic)}/presence`;
  check({}, (await api.get(path)).body);
  const peer = await context.connect({server, params: {user: context.user}});
  await peer.join(topic);
  const [, , , event, state] = await peer.next('presence_state');
  check('presence_state', event);
  check([200, state], Object.values(await api.get(path)).filter((_, i) => i !== 1));
});

test('history in pages, as JSON and as bytes, and what is gone', async (context) => {
  const {api} = await serverWithApi(context);
  const topic = context.name('log:');
  const path = `/v1/topics/${encodeURIComponent(topic)}/history`;
  const positions = [];
  for (let n = 0; n < 5; n += 1) positions.push((await api.publish(topic, 'a', {n})).body.position);
  const bytes = await api.publish(topic, 'b', Buffer.from([0, 255]), {type: 'application/octet-stream'});
  const newest = (await api.get(`${path}?limit=2`)).body;
  check({messages: [{position: positions[4], event: 'a', payload: {n: 4}, time: newest.messages[0].time},
    {position: bytes.body.position, event: 'b', payload_base64: 'AP8=', time: newest.messages[1].time}],
  at: bytes.body.position, recovered: newest.recovered}, newest);
  if (Math.abs(Date.now() - newest.messages[0].time) > 600_000) throw new Mismatch('Unix milliseconds', newest);
  const since = (position) => api.get(`${path}?limit=2&since=${encodeURIComponent(position)}`);
  const page = (await since(positions[0])).body;
  check([[1, 2], true], [page.messages.map(({payload}) => payload.n), page.recovered]);
  check([3, 4], (await since(page.messages[1].position)).body.messages.map(({payload}) => payload.n));
  const end = (await since(bytes.body.position)).body;
  check([[], true], [end.messages, end.recovered]);
  const unknown = (await since('@nonsense')).body;
  check([[], false, someText], [unknown.messages, unknown.recovered, unknown.at]);
  check([200, []], ((a) => [a.status, a.body.messages])(await api.get(`/v1/topics/${encodeURIComponent(`${topic}x`)}/history`)));
  checkProblem(404, await api.get('/v1/topics/room:1/history'));
});

test('sockets are listed with what an operator wants to know', async (context) => {
  const {server, api} = await serverWithApi(context);
  const before = Date.now();
  const {user, room} = context;
  const peer = await context.connect({server, params: {user}});
  await peer.join(room);
  await peer.join('audit');
  const {body} = await api.get(`/v1/sockets?id=user_socket:${user}`);
  check(1, body.sockets.length);
  const [one] = body.sockets;
  check({ref: someText, id: `user_socket:${user}`, path: '/socket', transport: 'websocket', address: '127.0.0.1',
    connected_at: one.connected_at, topics: [room, 'audit'], waiting_bytes: 0, node: 'local'}, one);
  if (one.connected_at < before - 1000 || one.connected_at > Date.now() + 1000) throw new Mismatch('a time', one.connected_at);
  const polling = await context.poll({server});
  await polling.join(room);
  const inRoom = (await api.get(`/v1/sockets?topic=${encodeURIComponent(room)}`)).body.sockets;
  check(['longpoll', 'websocket'], inRoom.map(({transport}) => transport).sort());
  check([null], inRoom.filter(({transport}) => transport === 'longpoll').map(({id}) => id));
  check([], (await api.get('/v1/sockets?id=nobody')).body.sockets);
  await peer.leave?.(room);
});

test('sockets come in pages, each once, however many come and go meanwhile', async (context) => {
  const {server, api} = await serverWithApi(context, '--threads', '2');
  const peers = [];
  for (let i = 0; i < 23; i += 1) peers.push(await context.connect({server, params: {user: `u${i}`}}));
  const pages = [];
  let cursor = '';
  do {
    const {body} = await api.get(`/v1/sockets?limit=4&cursor=${encodeURIComponent(cursor)}`);
    pages.push(body.sockets);
    ({cursor} = body);
    if (pages.length === 2) {
      await peers[22].carrier.stop();
      await context.connect({server, params: {user: 'late'}});
    }
  } while (cursor !== null);
  const ids = pages.flat().map(({id}) => id);
  check(ids.length, new Set(ids).size);
  for (let i = 0; i < 22; i += 1) if (!ids.includes(`user_socket:u${i}`)) throw new Mismatch(`u${i}`, ids);
});

test('one connection is closed with 1001, and no other', async (context) => {
  const {server, api} = await serverWithApi(context);
  const [ana, bob] = [await context.connect({server, params: {user: 'ana'}}), await context.connect({server, params: {user: 'ana'}})];
  await ana.join(context.room);
  await bob.join(context.room);
  const refs = (await api.get('/v1/sockets?id=user_socket:ana')).body.sockets.map(({ref}) => ref);
  const polling = await context.poll({server, params: {user: 'polling'}});
  await polling.join(context.room);
  const [{ref}] = (await api.get('/v1/sockets?id=user_socket:polling')).body.sockets;
  const first = `/v1/sockets/${encodeURIComponent(refs[0])}`;
  check(202, (await api.ask('DELETE', first, {body: {reason: 'abuse'}})).status);
  await ana.expectClose(1001);
  await bob.settle();
  await eventually('404', async () => (await api.ask('DELETE', first)).status === 404);
  check(202, (await api.ask('DELETE', `/v1/sockets/${encodeURIComponent(ref)}`)).status);
  check({end: true}, await polling.next('the end of the session'));
  for (const unknown of ['x', '0-1-0@local', refs[1].replace(/@.*/, '@elsewhere'), refs[1].replace(/^\d+/, '99'), '%00']) {
    checkProblem(404, await api.ask('DELETE', `/v1/sockets/${unknown}`), unknown);
  }
  for (const body of ['{', {reason: 1}, {reason: 'x'.repeat(1001)}]) checkProblem(400, await api.ask('DELETE', first, {body}));
  await bob.settle();
  if (!/closed by an operator: abuse \(key all\)/.test(server.stderr)) throw new Mismatch('the reason in the log', server.stderr);
});

test('all sockets of an id are disconnected', async (context) => {
  const {server, api} = await serverWithApi(context);
  const peers = [await context.connect({server, params: {user: 'ana'}}), await context.connect({server, params: {user: 'ana'}})];
  const other = await context.connect({server, params: {user: 'bob'}});
  check(202, (await api.ask('POST', '/v1/disconnect', {body: {id: 'user_socket:ana'}})).status);
  for (const peer of peers) await peer.expectClose(1001);
  await other.settle();
  for (const body of [{}, {id: ''}, {id: 1}, []]) checkProblem(400, await api.ask('POST', '/v1/disconnect', {body}));
});

test('nodes are listed with the numbers of their clients', async (context) => {
  const {server, api} = await serverWithApi(context);
  const peer = await context.connect({server});
  await peer.join(context.room);
  await peer.join('audit');
  const {nodes} = (await api.get('/v1/nodes')).body;
  check([{name: 'local', up: true, sockets: 1, channels: 2, waiting_bytes: 0, lag_ms: 0}], nodes);
});

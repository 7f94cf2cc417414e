import {area} from '../lib/cases.mjs';
import {Pattern, check, someText} from '../lib/matching.mjs';
import {etf, signBytes} from '../lib/token.mjs';

const test = area('connect info', 'What connect is told, and how it may refuse (socket/transport.ex, connect_info)',
  {edge: true});

const aPort = new Pattern('a port', (value) => Number.isInteger(value) && value > 1023 && value < 65_536);

/** The connect_info of a request, for each transport. */
const transports = [
  ['WebSocket', 'websocket', async ({connect, edge}, {query, headers}) => {
    const peer = await connect({server: edge, path: '/any/websocket', query, headers});
    await peer.send(['1', '1', 'info', 'phx_join', {}]);
    return (await peer.next('a reply'))[4].response;
  }],
  ['long poll', 'longpoll', async ({session, edge}, {query, headers}) => {
    const polling = await session({server: edge, begin: false});
    Object.assign(polling, {target: `/any/longpoll?${query}`, headers: headers ?? {}});
    await polling.begin();
    await polling.post(['["1","1","info","phx_join",{}]']);
    return JSON.parse((await polling.poll()).messages[0])[4].response;
  }],
];

for (const [how, name, told] of transports) {
  const info = (context, request = {}) => told(context, {query: 'vsn=2.0.0', ...request});

  test(`the peer's address and port (${how})`, async (context) => {
    check(['127.0.0.1', aPort], (await info(context)).peer);
  });

  test(`the URI: scheme, host and port as the request has them, path and query undecoded (${how})`, async (context) => {
    const query = 'vsn=2.0.0&a=b%20c&d[e]=f';
    const {host, port, tls} = context.edge;
    const scheme = tls ? 'https' : 'http';
    check({scheme, host, port, path: `/any/${name}`, query}, (await info(context, {query})).uri);
    for (const [header, its] of [['Example.TEST', {host: 'example.test', port: null}],
      ['example.test:81', {host: 'example.test', port: 81}], ['[2001:db8::1]:82', {host: '2001:db8::1', port: 82}]]) {
      check({scheme, path: `/any/${name}`, query, ...its},
        (await info(context, {query, headers: name === 'websocket' ? {Host: header} : {host: header}})).uri, header);
    }
  });

  test(`the user agent, or null (${how})`, async (context) => {
    check(null, (await info(context)).user_agent);
    check('Mozilla/5.0 (X)', (await info(context, {headers: {'User-Agent': 'Mozilla/5.0 (X)'}})).user_agent);
    check('', (await info(context, {headers: {'user-agent': ''}})).user_agent);
  });

  test(`headers that begin with x-, in their order, names in small letters, values as they are (${how})`,
    async (context) => {
    const headers = {'X-Forwarded-For': ['203.0.113.7', '10.0.0.1, 10.0.0.2'], 'x-real-ip': ' 203.0.113.7 ',
      'X-Ünicode': null, 'X-Empty': '', 'Xylophone': 'no', 'Authorization': 'no', 'X-Phoenix-Nothing': 'Yes, yes'};
    const seen = (await info(context, {headers})).x_headers.filter(([key]) => !key.startsWith('x-phoenix-longpoll'));
    check([['x-forwarded-for', '203.0.113.7'], ['x-forwarded-for', '10.0.0.1, 10.0.0.2'],
      ['x-real-ip', '203.0.113.7'], ['x-empty', ''], ['x-phoenix-nothing', 'Yes, yes']], seen);
  });

  test(`the headers of trace context (${how})`, async (context) => {
    const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    check([['traceparent', parent], ['tracestate', 'a=b']],
      (await info(context, {headers: {Traceparent: parent, tracestate: 'a=b', tracing: 'no'}})).trace_context_headers);
  });

  test(`what the program makes of a cookie: a session that was signed, or none (${how})`, async (context) => {
    const signed = (salt) => signBytes(etf.tuple(etf.binary('ana'), etf.integer(Date.now()), etf.integer(60)), {salt});
    const session = async (cookie) => (await info(context, {headers: {cookie}})).session;
    check('ana', await session(`session=${signed('session')}`));
    check('ana', await session(`a=b; session=${signed('session')} ; c=d`));
    check('ana', await session(['a=b', `session=${signed('session')}`]));
    for (const wrong of [`session=${signed('other')}`, 'session=ana', 'session', 'Session=x', 'xsession=x', '']) {
      check(null, await session(wrong), wrong);
    }
  });

  test(`no auth token where none is asked for (${how})`, async (context) => {
    check(null, (await info(context, {headers: {'x-phoenix-authtoken': 'x'}})).auth_token);
  });
}

test('the headers of the WebSocket itself', async (context) => {
  const {sec_websocket_headers: headers} = await transports[0][2](context, {query: 'vsn=2.0.0'});
  check([['sec-websocket-version', '13'], ['sec-websocket-key', someText]], headers);
});

// -- paths --

const paths = [
  ['/rooms/lobby/live', 'vsn=2.0.0', {room: 'lobby'}],
  ['/rooms/a%20b%2Fc/live/', 'vsn=2.0.0&room=other&x[y]=z', {room: 'a b/c', x: {y: 'z'}}],
  ['/rooms/lobby/live/slow', 'vsn=2.0.0&how=other', {room: 'lobby', how: 'slow'}],
];
for (const [path, query, params] of paths) {
  test(`names in the path are parameters: ${path}`, async ({connect, session, edge}) => {
    const isLongPoll = 'how' in params;
    const polling = isLongPoll ? await session({server: edge, begin: false}) : null;
    if (isLongPoll) {
      polling.target = `${path}?${query}`;
      await polling.begin();
      await polling.post(['["1","1","info","phx_join",{}]']);
    }
    const peer = isLongPoll ? null : await connect({server: edge, path, query});
    await peer?.send(['1', '1', 'info', 'phx_join', {}]);
    const reply = isLongPoll ? JSON.parse((await polling.poll()).messages[0]) : await peer.next('a reply');
    check({vsn: '2.0.0', ...params}, reply[4].response.params);
  });
}

test('a path with an empty name, or one too many, is not there', async ({upgrade, http, edge}) => {
  for (const path of ['/rooms//live', '/rooms/a/b/live', '/rooms/lobby/websocket', '/rooms/lobby']) {
    check(404, (await upgrade({server: edge, path})).status, path);
    check(404, (await (await http(edge)).request('GET', `${path}?vsn=2.0.0`)).status, path);
  }
});

// -- refusals --

const statuses = [['401', ''], ['403', 'no'], ['429', 'Too many requests'], ['503', 'later']];
for (const [status, body] of statuses) {
  test(`connect may refuse with ${status}; long poll knows 403 alone`, async ({upgrade, http, edge}) => {
    const query = new URLSearchParams({vsn: '2.0.0', status, body}).toString();
    const response = await upgrade({server: edge, path: '/any/websocket', query});
    check([Number(status), body], [response.status, response.body]);
    const polled = await (await http(edge)).request('GET', `/any/longpoll?${query}`);
    check([200, {status: 403}], [polled.status, JSON.parse(polled.body)]);
  });
}

for (const [title, param] of [['connect', 'throw'], ['id', 'throw_in_id']]) {
  for (const kind of ['error', 'number']) {
    test(`${title} that throws (${kind}) is 500 on both transports, and costs nobody else`,
      async ({upgrade, http, connect, edge}) => {
      const other = await connect({server: edge, path: '/any/websocket'});
      const query = `vsn=2.0.0&${param}=${kind}`;
      for (let i = 0; i < 3; i += 1) {
        check(500, (await upgrade({server: edge, path: '/any/websocket', query})).status);
        check(500, (await (await http(edge)).request('GET', `/any/longpoll?${query}`)).status);
      }
      await other.settle();
      await (await connect({server: edge, path: '/any/websocket'})).settle();
    });
  }
}

test('connect is asked before the headers of the upgrade are looked at', async ({upgrade, edge}) => {
  const headers = {Connection: null, Upgrade: null};
  for (const [query, status] of [['vsn=2.0.0&status=429', 429], ['vsn=2.0.0&throw=error', 500], ['vsn=2.0.0', 400]]) {
    check(status, (await upgrade({server: edge, path: '/any/websocket', query, headers})).status, query);
  }
});

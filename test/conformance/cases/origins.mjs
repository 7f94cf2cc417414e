import {area} from '../lib/cases.mjs';
import {check, someText} from '../lib/matching.mjs';

const test = area('origins', 'Every form of check_origin, on both transports (socket/transport.ex, check_origin)',
  {edge: true});

const fresh = {status: 410, token: someText, messages: []};

/** Requests to a server at host:port: path, origin, Host header, and if the page may connect. */
const table = [
  ...['http://evil.test', 'null', 'file://', ''].map((origin) => ['/any', origin, true]),

  ['/same_host', 'http://app.test', true], ['/same_host', 'https://app.test', true],
  ['/same_host', 'https://app.test:8443', true], ['/same_host', 'HTTP://APP.test', true],
  ...['http://sub.app.test', 'http://app.test.evil.test', 'http://evil.test', 'http://app.tes', 'null', 'file://', '',
    'app.test', 'http://'].map((origin) => ['/same_host', origin, false]),

  // an entry with a scheme stands for its port alone
  ['/list', 'https://secure.test', true], ['/list', 'https://secure.test:443', true],
  ['/list', 'https://secure.test:444', false], ['/list', 'http://secure.test', false],
  ['/list', 'http://secure.test:443', false],
  ['/list', 'http://any.test', true], ['/list', 'app://any.test:99', true], ['/list', 'https://sub.any.test', false],
  ['/list', 'https://below.test', true], ['/list', 'http://a.below.test:81', true],
  ['/list', 'http://a.b.below.test', true],
  ['/list', 'http://xbelow.test', false], ['/list', 'http://below.test.evil.test', false],
  ['/list', 'http://.below.test', true],
  ['/list', 'http://port.test:8080', true], ['/list', 'http://port.test', false],
  ['/list', 'https://port.test:8080', false],
  ['/list', 'http://[2001:db8::1]:444', true], ['/list', 'http://[2001:DB8::1]:444', true],
  ['/list', 'http://[2001:db8::1]', false], ['/list', 'http://[2001:db8::2]:444', false],
  ['/list', 'null', false], ['/list', 'file://', false], ['/list', '*', false], ['/list', '', false],
  ['/nobody', 'http://any.test', false], ['/nobody', 'null', false],

  // a function is asked about origins without a host too
  ['/function', 'http://asked.test', true], ['/function', 'https://asked.test:81', true],
  ['/function', 'app://x', true], ['/function', 'app:', true], ['/function', 'http://evil.test', false],
  ['/function', 'null', false], ['/function', 'http://[', false],
];

/** The default compares with the target of the request itself, with the scheme of this run. */
const ownRequests = [
  ['own://example.test', 'example.test', true], ['own://example.test:own', 'example.test', true],
  ['own://example.test', 'example.test:own', true], ['own://example.test:81', 'example.test:81', true],
  ['OWN://EXAMPLE.test', 'example.TEST', true], ['own://[::1]:4000', '[::1]:4000', true],
  ['own://example.test:81', 'example.test', false], ['own://example.test', 'example.test:81', false],
  ['other://example.test', 'example.test', false], ['own://sub.example.test', 'example.test', false],
  ['own://evil.test', 'example.test', false], ['null', 'example.test', false], ['', 'example.test', false],
].map(([origin, host, may]) => ['/same_request', origin, may, host]);

/** Names the scheme, and the port that belongs to it. */
function spelledOut(text, {tls}) {
  const [own, other, port] = tls ? ['https', 'http', 443] : ['http', 'https', 80];
  return text.replace(/^own:/, `${own}:`).replace(/^OWN:/, `${own.toUpperCase()}:`).replace(/^other:/, `${other}:`)
    .replace(/:own$/, `:${port}`);
}

for (const [path, origin, may, host] of [...table, ...ownRequests]) {
  const asked = host ? `${host}${path}` : path;
  test(`${asked}: the origin "${origin}" is ${may ? 'let in' : 'kept out'}, on both transports`,
    async ({upgrade, http, edge}) => {
    const headers = {Origin: spelledOut(origin, edge), ...(host ? {Host: spelledOut(host, edge)} : {})};
    check(may ? 101 : 403, (await upgrade({server: edge, path: `${path}/websocket`, headers})).status);
    const {Host, ...others} = headers;
    const polled = await (await http(edge)).request('GET', `${path}/longpoll?vsn=2.0.0`,
      {headers: {...others, ...(Host ? {host: Host} : {})}});
    check([200, may ? fresh : {status: 403}], [polled.status, JSON.parse(polled.body)]);
  });
}

test('without the header Origin every client is accepted, with any rule', async ({upgrade, edge}) => {
  for (const path of ['/any', '/same_request', '/same_host', '/list', '/nobody', '/function']) {
    check(101, (await upgrade({server: edge, path: `${path}/websocket`})).status, path);
  }
});

test('long poll: a page that may not connect gets 403 for every request', async ({http, session, edge}) => {
  const polling = await session({server: edge, path: '/list/longpoll'});
  const connection = await http(edge);
  for (const method of ['GET', 'POST', 'OPTIONS', 'PUT', 'DELETE']) {
    const {status, body} = await connection.request(method, '/list/longpoll?vsn=2.0.0',
      {headers: {'origin': 'http://evil.test', 'x-phoenix-longpoll-token': polling.token}, body: ''});
    check([200, {status: 403}], [status, JSON.parse(body)], method);
  }
  check({status: 200}, await polling.post(['[null,"h","phoenix","heartbeat",{}]']));
});

test('a function that throws costs the request: 500, on both transports', async ({upgrade, http, edge}) => {
  const headers = {Origin: 'http://throw.test'};
  for (let i = 0; i < 2; i += 1) {
    check(500, (await upgrade({server: edge, path: '/function/websocket', headers})).status);
    const polled = await (await http(edge)).request('GET', '/function/longpoll?vsn=2.0.0',
      {headers: {origin: 'http://throw.test'}});
    check(500, polled.status);
  }
  check(101, (await upgrade({server: edge, path: '/function/websocket'})).status);
});

import {area} from '../lib/cases.mjs';
import {check, someText} from '../lib/matching.mjs';
import {ok} from '../lib/messages.mjs';

const test = area('connect', 'Versions and parameters of the connect (socket.ex, plug/conn/query.ex)');

const versions = [
  ...['1.0.0', '1.0.1', '1.0.9', '1.0.123', '2.0.0', '2.0.5', '2.0.10', '2.0.0+build.5'].map((vsn) => [vsn, true]),
  ...['1.1.0', '2.1.0', '3.0.0', '0.9.0', '10.0.0', '2', '2.0', '2.0.0.0', '2.0.', '.0.0', 'abc', 'v2.0.0',
    '2.0.0-rc.1', '2.0.x', ' 2.0.0', '2.0.0 ', '02.0.0', '2.00.0', '', '-2.0.0', '2,0,0'].map((vsn) => [vsn, false]),
];

for (const [vsn, accepted] of versions) {
  test(`vsn "${vsn}" is ${accepted ? 'accepted' : 'refused'}, on both transports`, async ({upgrade, http}) => {
    const query = new URLSearchParams({vsn}).toString();
    const {status, body} = await upgrade({query});
    check(accepted ? [101, ''] : [403, ''], [status, body]);
    const polled = await (await http()).request('GET', `/socket/longpoll?${query}`);
    check([200, accepted ? {status: 410, token: someText, messages: []} : {status: 403}],
      [polled.status, JSON.parse(polled.body)]);
  });
}

test('vsn must be a text', async ({upgrade}) => {
  for (const query of ['vsn[]=2.0.0', 'vsn[a]=2.0.0', 'vsn']) check(403, (await upgrade({query})).status, query);
});

test('of two values the last counts', async ({upgrade, connect, room}) => {
  check(403, (await upgrade({query: 'vsn=2.0.0&vsn=3.0.0'})).status);
  const peer = await connect({query: 'vsn=3.0.0&user=ana&vsn=2.0.0&user=bob'});
  await peer.join(room);
  check(ok({user: 'bob'}), await peer.ask(room, 'assigns'));
});

/** A query string, and the user whom the channels see. */
const users = [
  ['user=ana', 'ana'], ['user=a%20b', 'a b'], ['user=a+b', 'a b'], ['user=a%2Bb', 'a+b'], ['user=a%26b%3Dc', 'a&b=c'],
  ['user=%C3%A9%F0%9F%9A%80', 'é🚀'],
  ['user=', ''], ['user', ''], ['user=a=b', 'a=b'], ['&&user=ana&', 'ana'], ['=x&user=ana', 'ana'],
  ['%75ser=ana', 'ana'], ['user=%00', '\u0000'], ['user=a;b', 'a;b'],
  ['user=a%5B%5D', 'a[]'], ['user=%22%5C', '"\\'], [`user=${'u'.repeat(2000)}`, 'u'.repeat(2000)],
  ['User=ana', null], ['user[]=ana', null], ['user[name]=ana', null], ['user%5Bname%5D=ana', null],
  ['user[0][name]=ana', null], ['xuser=ana', null], ['', null],
  ['user]=ana', null], ['[user]=ana', null], ['user[=ana', null], ['user[a]b=ana', null],
];

for (const [query, user] of users) {
  const says = user === null ? 'no user' : `the user ${JSON.stringify(user).slice(0, 20)}`;
  test(`${query.slice(0, 60) || 'nothing'}: ${says}`, async ({connect, room}) => {
    const peer = await connect({query: `vsn=2.0.0&${query}`});
    await peer.join(room);
    check(ok(user === null ? {} : {user}), await peer.ask(room, 'assigns'));
  });
}

test('parameters that the socket does not know are ignored', async ({connect, room}) => {
  const peer = await connect({query: 'vsn=2.0.0&a=1&b[c][d]=2&b[c][e]=3&l[]=4&l[]=5&user=ana&_csrf_token=x'});
  await peer.join(room);
  check(ok({user: 'ana'}), await peer.ask(room, 'assigns'));
});

test('reject in any form refuses the connect, on both transports', async ({upgrade, http}) => {
  for (const query of ['reject=true', 'reject=', 'reject', 'reject=false', 'reject[]=1', 'reject[a]=1', '%72eject=1']) {
    check([403, ''], await upgrade({query: `vsn=2.0.0&${query}`}).then(({status, body}) => [status, body]), query);
    const {status, body} = await (await http()).request('GET', `/socket/longpoll?vsn=2.0.0&${query}`);
    check([200, {status: 403}], [status, JSON.parse(body)], query);
  }
});

// Plug.Conn.InvalidQueryError, which is answered with 400.
for (const query of ['user=%', 'user=%4', 'user=%zz', 'user=%4x', '%=1', 'user=%C3', 'user=%FF', 'user=%ED%A0%80',
  '%FF=1']) {
  test(`${query}: an escape that is none or is not UTF-8 is 400, on both transports`, async ({upgrade, http}) => {
    check(400, (await upgrade({query: `vsn=2.0.0&${query}`})).status);
    check(400, (await (await http()).request('GET', `/socket/longpoll?vsn=2.0.0&${query}`)).status);
  });
}

test('more than 256 parameters, or more than 16 levels of them, are 400', async ({upgrade}) => {
  const many = (n) => Array.from({length: n}, (_, i) => `p${i}=1`).join('&');
  const deep = (n) => `a${'[b]'.repeat(n - 1)}=1`;
  for (const [query, status] of [[many(255), 101], [many(256), 400], [deep(16), 101], [deep(17), 400]]) {
    check(status, (await upgrade({query: `vsn=2.0.0&${query}`})).status, query.slice(-20));
  }
});

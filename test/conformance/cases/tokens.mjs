import {deflateSync} from 'node:zlib';

import {area} from '../lib/cases.mjs';
import {check} from '../lib/matching.mjs';
import {ok} from '../lib/messages.mjs';
import {etf, signBytes, userToken} from '../lib/token.mjs';

const test = area('tokens', 'Signed tokens (token.ex, plug_crypto)');

const now = () => Date.now();
const seconds = (n) => etf.integer(n);
const signedAt = (ageSeconds = 0) => etf.integer(Math.trunc(now() - ageSeconds * 1000));
const term = (data, ageSeconds = 0) => etf.tuple(data, signedAt(ageSeconds), seconds(86400));

/** A token that Phoenix signed with another key. It shows that the tokens of these cases have Phoenix's format. */
const vectors = [
  ['1', etf.integer(1), 'SFMyNTY.g2gDYQFuBgAAaOXPiwFiAAFRgA.JHeS4vfRDc4d2QV3hiFw31kHc1JGbW_NJhFtvSGILzU'],
  ['300000', etf.integer(300_000),
    'SFMyNTY.g2gDYgAEk-BuBgAAaOXPiwFiAAFRgA.zrqolNWyFDfOE62qRDClGbABIaWqc-S-j6VYZiLwoMw'],
  ['"user:42"', etf.binary('user:42'),
    'SFMyNTY.g2gDbQAAAAd1c2VyOjQybgYAAGjlz4sBYgABUYA.sdtUjNHtcV7FUJC7Lfa22isaHq6ziRQwb3YbEA2BcsE'],
  ['a map', etf.map([[etf.binary('id'), etf.integer(7)], [etf.binary('role'), etf.binary('admin')]]),
    'SFMyNTY.g2gDdAAAAAJtAAAAAmlkYQdtAAAABHJvbGVtAAAABWFkbWlubgYAAGjlz4sBYgABUYA'
      + '.4ofGldPfaC64TICwfXvZo8Rf88Ix531WnvNdL8CznwE'],
];

for (const [title, data, token] of vectors) {
  test(`the tokens of these cases are as Phoenix makes them: ${title}`, async () => {
    check(token, signBytes(etf.tuple(data, etf.integer(1_700_000_000_000), seconds(86400)), {secret: 'a'.repeat(64)}));
  });
}

/** A token with one character changed. */
function changed(token, at) {
  const i = at < 0 ? token.length + at : at;
  return token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
}

const good = [
  ['a fresh one', (user) => userToken(user)], ['one of 30 s', (user) => userToken(user, {ageSeconds: 30})],
  ['one of 55 s', (user) => userToken(user, {ageSeconds: 55})],
  ['a max age of 1 s in the token: that of the server counts',
    (user) => userToken(user, {ageSeconds: 10, maxAge: 1})],
  ['a max age of 0 s in the token', (user) => userToken(user, {maxAge: 0})],
  ['one without a time of its own', (user) => signBytes(etf.tuple(etf.binary(user), signedAt()))],
  ['one whose term is a map',
    (user) => signBytes(etf.map([[etf.atom('data'), etf.binary(user)], [etf.atom('signed'), signedAt()]]))],
  ['one whose term is compressed', (user) => {
    const bytes = term(etf.binary(user));
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    return signBytes(Buffer.concat([Buffer.from([80]), size, deflateSync(bytes)]));
  }],
  ['HS384', (user) => userToken(user, {algorithm: 'SFMzODQ'})],
  ['HS512', (user) => userToken(user, {algorithm: 'SFM1MTI'})],
  ['one whose signature is padded', (user) => `${userToken(user)}=`],
];

for (const [title, make] of good) {
  test(`${title} lets its user in`, async ({strict, room, user}) => {
    const peer = await strict({token: make(user)});
    await peer.join(room);
    check(ok({user}), await peer.ask(room, 'assigns'));
  });
}

const parts = (user) => userToken(user).split('.');
const bad = [
  ['none', () => ''], ['a word', () => 'x'], ['dots', () => '..'], ['three words', () => 'a.b.c'],
  ['a part alone', (user) => parts(user)[0]],
  ['two parts', (user) => parts(user).slice(0, 2).join('.')],
  ['no signature', (user) => `${parts(user).slice(0, 2).join('.')}.`],
  ['four parts', (user) => `${userToken(user)}.x`], ['a letter more', (user) => `${userToken(user)}x`],
  ['a space before', (user) => ` ${userToken(user)}`],
  ['a zero before', (user) => `\u0000${userToken(user)}`], ['a letter less', (user) => userToken(user).slice(0, -1)],
  ['no algorithm', (user) => ['', ...parts(user).slice(1)].join('.')],
  ...[0, 5, 10, 30].map((at) => [`letter ${at} changed`, (user) => changed(userToken(user), at)]),
  ['a letter of the signature changed', (user) => changed(userToken(user), -10)],
  ['the parts in another order', (user) => [parts(user)[0], parts(user)[2], parts(user)[1]].join('.')],
  ['the signature of another', (user) => [...parts(user).slice(0, 2), parts(`${user}x`)[2]].join('.')],
  ['the algorithm none', (user) => [Buffer.from('none').toString('base64url'), parts(user)[1], ''].join('.')],
  ['the algorithm of another', (user) => ['SFM1MTI', ...parts(user).slice(1)].join('.')],
  ['one of 65 s', (user) => userToken(user, {ageSeconds: 65})],
  ['one of an hour', (user) => userToken(user, {ageSeconds: 3600})],
  ['one of 1970', (user) => userToken(user, {ageSeconds: Date.now() / 1000})],
  ['a max age of a year in the token', (user) => userToken(user, {ageSeconds: 120, maxAge: 31_536_000})],
  ['another salt', (user) => userToken(user, {salt: 'user'})],
  ['another secret', (user) => userToken(user, {secret: 'reference'.repeat(7)})],
  ['a number for a user', () => signBytes(term(etf.integer(1)))],
  ['nil for a user', () => signBytes(term(etf.atom('nil')))],
  ['a term of another version', (user) => signBytes(term(etf.binary(user)), {version: 130})],
  ['no term', () => signBytes(Buffer.alloc(0))],
  ['a term cut short', (user) => signBytes(term(etf.binary(user)).subarray(0, -3))],
  ['a text that is longer than the term',
    () => signBytes(Buffer.from([104, 3, 109, 0xff, 0xff, 0xff, 0xff, 1, 97, 1, 97, 1]))],
  ['a tuple of one', (user) => signBytes(etf.tuple(etf.binary(user)))],
  ['no tuple', (user) => signBytes(etf.binary(user))],
  ['a list nested 1500 levels deep',
    () => signBytes(term(Buffer.from([...Array(1500).fill([108, 0, 0, 0, 1]).flat(), ...Array(1501).fill(106)])))],
  ['a list that claims a billion elements', () => signBytes(term(Buffer.from([108, 0x40, 0, 0, 0, 97, 1, 106])))],
  ['a function', () => signBytes(term(Buffer.from([113, 119, 1, 97, 119, 1, 98, 97, 1])))],
  ['a time that is no number', (user) => signBytes(etf.tuple(etf.binary(user), etf.binary('now'), seconds(86400)))],
  ['a compressed term that claims too much',
    () => signBytes(Buffer.concat([Buffer.from([80, 0x7f, 0xff, 0xff, 0xff]), deflateSync(Buffer.alloc(1000))]))],
];

for (const [title, make] of bad) {
  test(`${title}: 403`, async ({upgrade, user}) => {
    const query = new URLSearchParams({vsn: '2.0.0', token: make(user)}).toString();
    const {status, body} = await upgrade({path: '/strict/websocket', query});
    check([403, ''], [status, body]);
  });
}

for (const ageSeconds of [-0.5, -30]) {
  test(`a token signed by a clock that is ${-ageSeconds} s ahead is accepted`, async ({strict, room, user}) => {
    const peer = await strict({params: {token: userToken(user, {ageSeconds})}});
    await peer.join(room);
    check(ok({user}), await peer.ask(room, 'assigns'));
  });
}

test('a token that is no text: 403', async ({upgrade, user}) => {
  for (const query of [`token[]=${userToken(user)}`, `token[a]=${userToken(user)}`, 'token', '']) {
    check(403, (await upgrade({path: '/strict/websocket', query: `vsn=2.0.0&${query}`})).status, query.slice(0, 10));
  }
});

test('the user comes from the token, and from nowhere else', async ({strict, connect, room, user}) => {
  const peer = await strict({params: {token: userToken(user), user: 'mallory'}});
  await peer.join(room);
  check(ok({user}), await peer.ask(room, 'assigns'));
  const other = await connect({params: {token: userToken(user)}});
  await other.join(room);
  check(ok({}), await other.ask(room, 'assigns'));
});

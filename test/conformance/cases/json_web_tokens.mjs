import {createPublicKey, generateKeyPairSync, sign} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';

import {area} from '../lib/cases.mjs';
import {Mismatch, check} from '../lib/matching.mjs';
import {scaled} from '../lib/time.mjs';

const test = area('json web tokens', 'Tokens of an identity provider on /jwt (RFC 7515, 7517, 7519)', {ownServers: true});

const seconds = () => Math.floor(Date.now() / 1000);
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An identity provider's key, with the JWK that it publishes. */
class SigningKey {
  constructor(kid) {
    this.kid = kid;
    const {publicKey, privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
    this.privateKey = privateKey;
    this.jwk = {...publicKey.export({format: 'jwk'}), kid, use: 'sig', alg: 'ES256'};
  }

  token(claims = {}, header = {}) {
    const text = `${base64url({alg: 'ES256', kid: this.kid, ...header})}.${base64url({sub: 'ana', exp: seconds() + 600, ...claims})}`;
    const signature = sign('sha256', text, {key: this.privateKey, dsaEncoding: 'ieee-p1363'});
    return `${text}.${signature.toString('base64url')}`;
  }
}

const setOf = (...keys) => JSON.stringify({keys: keys.map(({jwk}) => jwk)});

/** A file that the case's server reads. */
function file(context, text) {
  const folder = mkdtempSync(join(tmpdir(), 'bennu-jwks-'));
  context.after(() => rmSync(folder, {recursive: true}));
  const path = join(folder, 'jwks.json');
  writeFileSync(path, text);
  return path;
}

/** An identity provider at a loopback address: publishes the keys in `keys`, and can go away and come back. */
class Provider {
  requests = 0;
  port = 0;

  constructor(context, ...keys) {
    this.keys = keys;
    context.after(() => this.stop());
  }

  async start() {
    this.server = http.createServer((request, response) => {
      ++this.requests;
      response.end(setOf(...this.keys));
    });
    await new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/jwks.json`;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

const statusOf = async ({upgrade}, server, token) =>
  (await upgrade({server, path: '/jwt/websocket', query: `vsn=2.0.0&token=${encodeURIComponent(token)}`})).status;

const bearer = (token) =>
  ({'Sec-WebSocket-Protocol': `phoenix, base64url.bearer.phx.${Buffer.from(token).toString('base64url')}`});

async function userOf(context, server, options) {
  const peer = await context.connect({server, path: '/jwt/websocket', ...options});
  const room = context.name('room:');
  await peer.join(room);
  return (await peer.ask(room, 'assigns', {})).response.user;
}

test('without --jwks every client is refused', async (context) => {
  const server = await context.start();
  check(403, await statusOf(context, server, new SigningKey('a').token()));
  check(403, (await context.upgrade({server, path: '/jwt/websocket'})).status);
});

test('a good token connects as its sub; authToken wins over the param', async (context) => {
  const key = new SigningKey('a');
  const server = await context.start('--jwks', file(context, setOf(key)));
  check('ana', await userOf(context, server, {params: {token: key.token()}}));
  check('eve', await userOf(context, server, {headers: bearer(key.token({sub: 'eve'})), params: {token: key.token()}}));
  const {status} = await context.upgrade({server, path: '/jwt/websocket', headers: bearer('no.good.token'),
    query: `vsn=2.0.0&token=${key.token()}`});
  check(403, status);
});

test('a long poll connects with a good token only', async (context) => {
  const key = new SigningKey('a');
  const server = await context.start('--jwks', file(context, setOf(key)));
  const connection = await context.http(server);
  const opened = async (token) =>
    JSON.parse((await connection.request('GET', `/jwt/longpoll?vsn=2.0.0&token=${token}`)).body).status;
  check([410, 403], [await opened(key.token()), await opened(new SigningKey('a').token())]);
});

test('a bad token is refused with 403', async (context) => {
  const key = new SigningKey('a');
  const server = await context.start('--jwks', file(context, setOf(key)), '--jwt-issuer', 'https://id.test/',
    '--jwt-audience', 'chat');
  const good = {iss: 'https://id.test/', aud: ['chat']};
  const forged = `${base64url({alg: 'none'})}.${base64url({sub: 'ana', exp: seconds() + 600, ...good})}.`;
  const table = [
    ['good', key.token(good), 101], ['not expired for longer than the leeway', key.token({...good, exp: seconds() - 10}), 101],
    ['expired', key.token({...good, exp: seconds() - 40}), 403],
    ['not yet valid', key.token({...good, nbf: seconds() + 60}), 403],
    ['of another issuer', key.token({...good, iss: 'https://evil.test/'}), 403],
    ['for another audience', key.token({...good, aud: 'mail'}), 403],
    ['signed with another key of that name', new SigningKey('a').token(good), 403],
    ['signed with a key that is unknown', new SigningKey('b').token(good), 403],
    ['with another algorithm', key.token(good, {alg: 'HS256'}), 403], ['not signed', forged, 403],
    ['with an extension', key.token(good, {crit: ['exp']}), 403], ['nothing', '', 403], ['no token', 'nonsense', 403],
  ];
  for (const [name, token, status] of table) check([name, status], [name, await statusOf(context, server, token)]);
  check('', server.stdout.split('\n').slice(1).join(''));
  const [, payload] = key.token(good).split('.');
  if (server.stderr.includes(payload.slice(0, 20))) throw new Mismatch('a log without tokens', server.stderr);
});

test('keys in PEM are read from a file', async (context) => {
  const key = new SigningKey('a');
  const pem = createPublicKey(key.privateKey).export({type: 'spki', format: 'pem'});
  const server = await context.start('--jwks', file(context, pem));
  check(101, await statusOf(context, server, key.token()));
});

test('keys are fetched from a URL, and stay good while the provider is down', async (context) => {
  const key = new SigningKey('a');
  const provider = await new Provider(context, key).start();
  const server = await context.start('--jwks', provider.url);
  check(101, await statusOf(context, server, key.token()));
  await provider.stop();
  check(101, await statusOf(context, server, key.token()));
  check(403, await statusOf(context, server, new SigningKey('b').token()));
  check(101, await statusOf(context, server, key.token()));
  check(1, provider.requests);
  await provider.start();
});

test('a server that starts before its provider finds the keys when the provider is there', async (context) => {
  const key = new SigningKey('a');
  const provider = await new Provider(context, key).start();
  await provider.stop();
  const server = await context.start('--jwks', provider.url);
  check(403, await statusOf(context, server, key.token()));
  await provider.start();
  const deadline = Date.now() + scaled(20_000);
  while (provider.requests === 0 && Date.now() < deadline) await pause(20);
  let status = 403;
  while (status !== 101 && Date.now() < deadline) status = await statusOf(context, server, key.token());
  check(101, status);
});

test('many tokens with unknown keys lead to no fetch soon after another', async (context) => {
  const key = new SigningKey('a');
  const provider = await new Provider(context, key).start();
  const server = await context.start('--jwks', provider.url);
  for (let i = 0; i < 20; ++i) check(403, await statusOf(context, server, new SigningKey(`unknown ${i}`).token()));
  check(1, provider.requests);
});

const unusable = [
  ['a file that is not there', () => ['--jwks', '/nonsense/jwks.json'], /--jwks.*\/nonsense\/jwks\.json/],
  ['a file without keys', (context) => ['--jwks', file(context, '{}')], /--jwks.*key/],
  ['plain http to another machine', () => ['--jwks', 'http://id.test/jwks.json'], /--jwks.*https/],
];
for (const [name, args, says] of unusable) {
  test(`${name} is refused in one line, with exit code 1 or 2`, async (context) => {
    const {code, stdout, stderr} = await context.run('reference', '--port', '0', ...args(context));
    check([true, ''], [[1, 2].includes(code), stdout]);
    if (!says.test(stderr) || stderr.trimEnd().includes('\n')) throw new Mismatch(`one line like ${says}`, stderr);
  });
}

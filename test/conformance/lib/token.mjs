// Creates signed tokens like lib/phoenix/token.ex and plug_crypto, with a term of any kind.
import {createHmac, pbkdf2Sync} from 'node:crypto';

const secretKeyBase = 'reference'.repeat(8);

/** Terms in Erlang's external format. */
export const etf = {
  binary(text) {
    const bytes = Buffer.from(text);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    return Buffer.concat([Buffer.from([109]), size, bytes]);
  },
  integer(value) {
    if (value >= 0 && value < 256) return Buffer.from([97, value]);
    if (value >= -(2 ** 31) && value < 2 ** 31) {
      const bytes = Buffer.from([98, 0, 0, 0, 0]);
      bytes.writeInt32BE(value, 1);
      return bytes;
    }
    const digits = [];
    for (let rest = BigInt(Math.abs(value)); rest > 0n; rest /= 256n) digits.push(Number(rest % 256n));
    return Buffer.from([110, digits.length, value < 0 ? 1 : 0, ...digits]);
  },
  atom: (name) => Buffer.concat([Buffer.from([119, name.length]), Buffer.from(name)]),
  tuple: (...terms) => Buffer.concat([Buffer.from([104, terms.length]), ...terms]),
  map(entries) {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(entries.length);
    return Buffer.concat([Buffer.from([116]), size, ...entries.flat()]);
  },
};

const digests = {SFMyNTY: 'sha256', SFMzODQ: 'sha384', SFM1MTI: 'sha512'};

/** Signs the bytes of a term. */
export function signBytes(bytes,
  {salt = 'user socket', secret = secretKeyBase, algorithm = 'SFMyNTY', version = 131} = {}) {
  const key = pbkdf2Sync(secret, salt, 1000, 32, 'sha256');
  const signed = `${algorithm}.${Buffer.concat([Buffer.from([version]), bytes]).toString('base64url')}`;
  return `${signed}.${createHmac(digests[algorithm], key).update(signed).digest('base64url')}`;
}

/** A token for a user, as Phoenix.Token.sign makes it. */
export function userToken(user, {ageSeconds = 0, maxAge = 86400, ...signing} = {}) {
  const signedAt = Math.trunc(Date.now() - ageSeconds * 1000);
  return signBytes(etf.tuple(etf.binary(user), etf.integer(signedAt), etf.integer(maxAge)), signing);
}

// Writes a token for each algorithm, with the public key as a JWK and in PEM, signed by Node:
//   node make_vectors.mjs > vectors.json
// The tests read vectors.json. The keys are new each time.
import {constants, createSecretKey, generateKeyPairSync, createHmac, randomBytes, sign} from 'node:crypto';

const base64url = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const claims = {sub: 'ana', exp: 4102444800};

const rsa = () => generateKeyPairSync('rsa', {modulusLength: 2048});
const ec = (namedCurve) => generateKeyPairSync('ec', {namedCurve});
const pss = {padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST};
const pair = {dsaEncoding: 'ieee-p1363'};
const algorithms = [
  ['RS256', 'sha256', rsa, {}], ['RS384', 'sha384', rsa, {}], ['RS512', 'sha512', rsa, {}],
  ['PS256', 'sha256', rsa, pss], ['PS384', 'sha384', rsa, pss], ['PS512', 'sha512', rsa, pss],
  ['ES256', 'sha256', () => ec('P-256'), pair], ['ES384', 'sha384', () => ec('P-384'), pair],
  ['ES512', 'sha512', () => ec('P-521'), pair],
  ['EdDSA', null, () => generateKeyPairSync('ed25519'), {}], ['Ed25519', null, () => generateKeyPairSync('ed25519'), {}],
  ['EdDSA', null, () => generateKeyPairSync('ed448'), {}], ['Ed448', null, () => generateKeyPairSync('ed448'), {}],
];

const vectors = algorithms.map(([alg, hash, make, options]) => {
  const {publicKey, privateKey} = make();
  const kid = `${alg} key`;
  const text = `${base64url({alg, kid})}.${base64url(claims)}`;
  const signature = sign(hash, text, {key: privateKey, ...options}).toString('base64url');
  const jwk = {...publicKey.export({format: 'jwk'}), kid, use: 'sig'};
  return {alg, jwk, pem: publicKey.export({format: 'pem', type: 'spki'}), token: `${text}.${signature}`};
});
for (const [alg, hash] of [['HS256', 'sha256'], ['HS384', 'sha384'], ['HS512', 'sha512']]) {
  const secret = randomBytes(64);
  const kid = `${alg} key`;
  const text = `${base64url({alg, kid})}.${base64url(claims)}`;
  const jwk = {...createSecretKey(secret).export({format: 'jwk'}), kid, alg};
  vectors.push({alg, jwk, token: `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`});
}
// Keys that must not be used.
const weak = generateKeyPairSync('rsa', {modulusLength: 1024}).publicKey;
const secp256k1 = ec('secp256k1').publicKey;
const unusable = {
  weak: {jwk: weak.export({format: 'jwk'}), pem: weak.export({format: 'pem', type: 'spki'})},
  secp256k1: {jwk: secp256k1.export({format: 'jwk'}), pem: secp256k1.export({format: 'pem', type: 'spki'})},
  private: {jwk: generateKeyPairSync('ed25519').privateKey.export({format: 'jwk'})},
};
console.log(JSON.stringify({vectors, unusable}, null, 1));

// The answers that the cases expect of a server, as named patterns.
import {Pattern, show} from '../../conformance/lib/matching.mjs';

const sameBytes = (expected, got) => Buffer.isBuffer(got) && Buffer.from(expected).equals(got);
const named = (what, value) => `${what} ${value.length > 40 ? `of ${Buffer.byteLength(value)} bytes` : show(Buffer.from(value).toString('latin1'))}`;

/** A text message; `compressed` is true if it must have been compressed, false if it must not. */
export const text = (expected, {compressed} = {}) => new Pattern(`${compressed ? 'compressed ' : ''}${named('text', expected)}`,
  (got) => got.text === expected && (compressed === undefined || got.compressed === compressed));
export const binary = (expected, {compressed} = {}) => new Pattern(`${compressed ? 'compressed ' : ''}${named('bytes', expected)}`,
  (got) => sameBytes(expected, got.binary) && (compressed === undefined || got.compressed === compressed));
export const pong = (expected) => new Pattern(named('pong', expected), (got) => sameBytes(expected, got.pong));

/** A close frame with one of these codes (null: with none), and the end of the connection after it. */
export const closes = (...codes) => Object.assign(new Pattern(`closes with ${codes.map((code) => code ?? 'no code').join(' or ')}`,
  (got) => codes.includes(got.close)), {ends: true});

// The bytes of WebSocket frames (RFC 6455, section 5.2).
import {randomBytes} from 'node:crypto';

export const opcodes = {continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10};

function xor(bytes, mask) {
  const result = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) result[i] = bytes[i] ^ mask[i & 3];
  return result;
}

function lengthFields(size, form) {
  if (form === 8 || (form === undefined && size > 0xffff)) {
    const eight = Buffer.alloc(8);
    eight.writeBigUInt64BE(BigInt(size));
    return [127, eight];
  }
  if (form === 2 || size > 125) return [126, Buffer.from([size >> 8, size & 0xff])];
  return [size, Buffer.alloc(0)];
}

/**
 * A client's frame, with faults if a case needs them.
 *
 * @param {number} faults.declared a size to claim instead of the true one
 * @param {2 | 8} faults.lengthForm writes the size in this number of extra bytes, needed or not
 * @param {Buffer} faults.mask four bytes; random by default
 */
export function clientFrame(opcode, payload = '', {fin = true, rsv = 0, masked = true, declared, lengthForm,
  mask = randomBytes(4)} = {}) {
  const bytes = Buffer.from(payload);
  const [code, extended] = lengthFields(declared ?? bytes.length, lengthForm);
  const head = Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | code]),
    extended]);
  if (!masked) return Buffer.concat([head, bytes]);
  return Buffer.concat([head, mask, xor(bytes, mask)]);
}

/** The content of a client's close frame. */
export function closePayload(code, reason = '') {
  if (code === undefined) return Buffer.alloc(0);
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

/** Takes a server's frame off the front of the bytes. */
export function parseServerFrame(bytes) {
  if (bytes.length < 2) return undefined;
  const code = bytes[1] & 0x7f;
  const lengthBytes = code === 127 ? 8 : code === 126 ? 2 : 0;
  if (bytes.length < 2 + lengthBytes) return undefined;
  const size = lengthBytes === 8 ? Number(bytes.readBigUInt64BE(2)) : lengthBytes === 2 ? bytes.readUInt16BE(2) : code;
  const masked = bytes[1] >= 0x80;
  const begin = 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < begin + size) return undefined;
  const payload = Buffer.from(bytes.subarray(begin, begin + size));
  const frame = {fin: bytes[0] >= 0x80, rsv: (bytes[0] >> 4) & 7, opcode: bytes[0] & 15, masked, lengthBytes, payload};
  return {value: frame, size: begin + size};
}

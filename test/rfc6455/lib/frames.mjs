// The bytes that the cases send: frames, with faults if a case needs them.
import {constants, deflateRawSync} from 'node:zlib';

import {clientFrame, closePayload, opcodes} from '../../conformance/lib/websocket_frame.mjs';

export const frame = clientFrame;
export const text = (payload, faults) => clientFrame(opcodes.text, payload, faults);
export const binary = (payload, faults) => clientFrame(opcodes.binary, payload, faults);
export const more = (payload, faults) => clientFrame(opcodes.continuation, payload, {fin: false, ...faults});
export const last = (payload, faults) => clientFrame(opcodes.continuation, payload, faults);
export const ping = (payload, faults) => clientFrame(opcodes.ping, payload, faults);
export const pong = (payload, faults) => clientFrame(opcodes.pong, payload, faults);
export const close = (code, reason, faults) => clientFrame(opcodes.close, closePayload(code, reason), faults);

/** The first fragment of a message. */
export const begin = (payload, faults) => text(payload, {fin: false, ...faults});
export const beginBinary = (payload, faults) => binary(payload, {fin: false, ...faults});

/** A message in fragments of this number of bytes. */
export function fragments(payload, size, opcode = opcodes.text) {
  const bytes = Buffer.from(payload);
  const parts = [];
  for (let at = 0; at === 0 || at < bytes.length; at += size) {
    parts.push(clientFrame(at === 0 ? opcode : opcodes.continuation, bytes.subarray(at, at + size),
      {fin: at + size >= bytes.length}));
  }
  return Buffer.concat(parts);
}

/** The beginning of a frame whose rest does not come: the server has to judge by these bytes. */
export const cut = (bytes, size) => bytes.subarray(0, size);

export const hex = (digits) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** A message compressed according to RFC 7692, 7.2.1, without a context. */
export function deflated(payload, {windowBits = 15, level = 6} = {}) {
  const bytes = deflateRawSync(payload, {windowBits, level, finishFlush: constants.Z_SYNC_FLUSH});
  return bytes.length > 4 ? bytes.subarray(0, -4) : Buffer.from([0]);
}

export const rsv1 = {rsv: 4};
export const compressedText = (payload, options) => text(deflated(payload, options), rsv1);
export const compressedBinary = (payload, options) => binary(deflated(payload, options), rsv1);

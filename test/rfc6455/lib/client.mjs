// The client's end of a WebSocket: sends bytes, and reports the received ones.
import {randomBytes} from 'node:crypto';
import {constants, inflateRawSync} from 'node:zlib';

import {check} from '../../conformance/lib/matching.mjs';
import {exchange, upgradeRequest} from '../../conformance/lib/websocket.mjs';
import {opcodes, parseServerFrame} from '../../conformance/lib/websocket_frame.mjs';

const flushTail = Buffer.from([0, 0, 0xff, 0xff]);

const inflate = (bytes) => inflateRawSync(Buffer.concat([bytes, flushTail]), {finishFlush: constants.Z_SYNC_FLUSH});

function utf8(bytes) {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
  } catch {
    return null;
  }
}

/** An open WebSocket. A frame that the server may never send arrives as {violation}. */
export class Client {
  #message = null;  // {opcode, compressed, payloads} of the fragments that came

  static async open(server, path, {headers = {}, limitMs}) {
    const request = upgradeRequest(server, path, {'Sec-WebSocket-Key': randomBytes(16).toString('base64'), ...headers});
    const {response, tcp} = await exchange(server, request, {limitMs});
    check(101, response?.status, `the status of GET ${path}`);
    return new Client(tcp, response, limitMs);
  }

  constructor(tcp, response, limitMs) {
    this.tcp = tcp;
    this.response = response;
    this.limitMs = limitMs;
    this.deflates = response.headers['sec-websocket-extensions']?.startsWith('permessage-deflate') ?? false;
  }

  write(bytes) {
    this.tcp.write(bytes);
  }

  /** The next thing that came: {text}, {binary}, {ping}, {pong}, {close}, {end} or {violation}. */
  async next(expected) {
    for (;;) {
      const frame = await this.tcp.next(parseServerFrame, this.limitMs, expected);
      if (frame === null) return {end: true};
      const found = this.#faultOf(frame) ?? this.#take(frame);
      if (found) return found;
    }
  }

  /** Refuses frames of a server that RFC 6455, 5.1 to 5.5, and RFC 7692 forbid. */
  #faultOf({fin, rsv, opcode, masked, lengthBytes, payload}) {
    const isControl = opcode >= opcodes.close;
    const shortest = payload.length > 0xffff ? 8 : payload.length > 125 ? 2 : 0;
    if (masked) return {violation: 'a masked frame'};
    if (rsv !== 0 && !(rsv === 4 && this.deflates && !isControl && opcode !== opcodes.continuation)) {
      return {violation: `the reserved bits ${rsv} in a frame with opcode ${opcode}`};
    }
    if (![0, 1, 2, 8, 9, 10].includes(opcode)) return {violation: `the opcode ${opcode}`};
    if (lengthBytes !== shortest) return {violation: `a length in ${lengthBytes} bytes, of ${payload.length}`};
    if (isControl && (!fin || payload.length > 125)) return {violation: 'a control frame in fragments, or too long'};
    if (!isControl && (opcode === opcodes.continuation) !== (this.#message !== null)) {
      return {violation: `the opcode ${opcode} out of place`};
    }
    return null;
  }

  #take({fin, rsv, opcode, payload}) {
    if (opcode === opcodes.ping) return {ping: payload};
    if (opcode === opcodes.pong) return {pong: payload};
    if (opcode === opcodes.close) return this.#closeOf(payload);
    this.#message ??= {opcode, compressed: rsv === 4, payloads: []};
    this.#message.payloads.push(payload);
    if (!fin) return null;
    const {opcode: kind, compressed, payloads} = this.#message;
    this.#message = null;
    const whole = compressed ? inflate(Buffer.concat(payloads)) : Buffer.concat(payloads);
    if (kind === opcodes.binary) return {binary: whole, compressed};
    const words = utf8(whole);
    return words === null ? {violation: 'text that is not UTF-8'} : {text: words, compressed};
  }

  #closeOf(payload) {
    if (payload.length === 0) return {close: null, reason: ''};
    if (payload.length === 1) return {violation: 'a close frame with half a code'};
    const reason = utf8(payload.subarray(2));
    return reason === null ? {violation: 'a close reason that is not UTF-8'} : {close: payload.readUInt16BE(0), reason};
  }
}

// A WebSocket client all of whose bytes the case controls.
import {createHash, randomBytes} from 'node:crypto';

import {requestText, parseResponse} from './http.mjs';
import {check} from './matching.mjs';
import {Tcp} from './tcp.mjs';
import {clientFrame, closePayload, opcodes, parseServerFrame} from './websocket_frame.mjs';

function textItem(bytes) {
  try {
    return {text: new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes)};
  } catch {
    return {violation: 'text that is not UTF-8', bytes};
  }
}

/** The request that opens a WebSocket. */
export function upgradeRequest(server, target, headers = {}, method = 'GET') {
  return requestText(method, target, {
    Host: `${server.host}:${server.port}`,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...headers,
  });
}

/** Sends bytes on a connection of their own. @returns the connection, and the response, or null if none came */
export async function exchange(server, bytes, {method = 'GET', limitMs} = {}) {
  const tcp = await Tcp.open(server);
  tcp.write(bytes);
  return {response: await tcp.next(parseResponse(method), limitMs, 'an HTTP response'), tcp};
}

/**
 * A carrier of messages: what comes goes into an inbox, as {text}, {binary}, {ping}, {pong}, {close, reason},
 * {end: true}, or {violation} for what no server may send.
 */
export class WebSocketCarrier {
  #parts = null;
  frames = [];  // without their payloads

  static async open(server, target, {headers = {}, inbox, limitMs}) {
    const all = {'Sec-WebSocket-Key': randomBytes(16).toString('base64'), ...headers};
    const request = upgradeRequest(server, target, all);
    const {response, tcp} = await exchange(server, request, {limitMs});
    check(101, response?.status, `the status of GET ${target}`);
    const accept = createHash('sha1').update(`${all['Sec-WebSocket-Key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    check(accept, response.headers['sec-websocket-accept'], 'Sec-WebSocket-Accept');
    return new WebSocketCarrier(tcp, inbox, response);
  }

  constructor(tcp, inbox, response) {
    this.tcp = tcp;
    this.inbox = inbox;
    this.response = response;
    this.answersClose = true;
    this.#receive();
  }

  /** Sends messages, all in one packet. */
  send(messages) {
    this.tcp.write(Buffer.concat(messages.map((m) => clientFrame(Buffer.isBuffer(m) ? opcodes.binary : opcodes.text,
      m))));
  }

  frame(opcode, payload, faults) {
    this.tcp.write(clientFrame(opcode, payload, faults));
  }

  close(code, reason) {
    this.answersClose = false;
    this.frame(opcodes.close, closePayload(code, reason));
  }

  stop() {
    this.tcp.drop();
  }

  async #receive() {
    for (;;) {
      const frame = await this.tcp.next(parseServerFrame);
      if (frame === null) return this.inbox.put({end: true});
      this.frames.push({...frame, payload: null, size: frame.payload.length});
      if (frame.masked || frame.rsv) this.inbox.put({violation: frame.masked ? 'a masked frame' : 'a reserved bit'});
      else this.#take(frame);
    }
  }

  #take({fin, opcode, payload}) {
    if (opcode === opcodes.close) return this.#takeClose(payload);
    if (opcode === opcodes.ping) return this.inbox.put({ping: payload});
    if (opcode === opcodes.pong) return this.inbox.put({pong: payload});
    if ((opcode === opcodes.continuation) !== (this.#parts !== null)) {
      return this.inbox.put({violation: `opcode ${opcode} out of place`});
    }
    this.#parts ??= {opcode, payloads: []};
    this.#parts.payloads.push(payload);
    if (!fin) return undefined;
    const whole = Buffer.concat(this.#parts.payloads);
    this.inbox.put(this.#parts.opcode === opcodes.text ? textItem(whole) : {binary: whole});
    this.#parts = null;
    return undefined;
  }

  #takeClose(payload) {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : null;
    this.inbox.put({close: code, reason: payload.subarray(2).toString()});
    if (this.answersClose) this.frame(opcodes.close, payload.subarray(0, 2));
  }
}


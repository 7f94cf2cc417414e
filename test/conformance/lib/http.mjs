// HTTP/1.1 on a bare connection: a case may write any bytes, and sees all received bytes.
import {Mismatch} from './matching.mjs';
import {Tcp} from './tcp.mjs';

/** A request in bytes. A header of null is left out; one that is a list is written once for each value. */
export function requestText(method, target, headers = {}, body = '') {
  const lines = [`${method} ${target} HTTP/1.1`];
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value].flat()) if (one !== null) lines.push(`${name}: ${one}`);
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}

function parseHead(text) {
  const [first, ...lines] = text.split('\r\n');
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return {status: Number(first.split(' ')[1]), headers};
}

/** Takes a response to a request with this method. Without a length, its body is all that follows. */
export function parseResponse(method) {
  return (bytes, last) => {
    const headSize = bytes.indexOf('\r\n\r\n') + 4;
    if (headSize < 4) return undefined;
    const {status, headers} = parseHead(bytes.subarray(0, headSize - 4).toString('latin1'));
    const hasBody = method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304;
    const told = headers['content-length'];
    if (hasBody && told === undefined && !last) return undefined;
    const bodySize = hasBody ? Number(told ?? bytes.length - headSize) : 0;
    if (bytes.length < headSize + bodySize) return undefined;
    const body = bytes.subarray(headSize, headSize + bodySize).toString();
    return {value: {status, headers, body}, size: headSize + bodySize};
  };
}

export class HttpConnection {
  static async open(server, limitMs) {
    return new HttpConnection(await Tcp.open(server), server, limitMs);
  }

  constructor(tcp, server, limitMs) {
    this.tcp = tcp;
    this.server = server;
    this.limitMs = limitMs;
  }

  /** Writes a request; `response` waits for its answer. */
  send(method, target, {headers = {}, body} = {}) {
    const length = body === undefined ? {} : {'content-length': Buffer.byteLength(body)};
    this.tcp.write(requestText(method, target, {host: `${this.server.host}:${this.server.port}`, ...length, ...headers},
      body));
  }

  async response(method = 'GET', limitMs = this.limitMs) {
    const found = await this.tcp.next(parseResponse(method), limitMs, `an answer to ${method}`);
    if (found === null) throw new Mismatch(`an answer to ${method}`, 'the end of the connection');
    return found;
  }

  async request(method, target, {limitMs, ...options} = {}) {
    this.send(method, target, options);
    return this.response(method, limitMs);
  }
}

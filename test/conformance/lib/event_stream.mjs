// Server-sent events on a bare connection: a case sees every event as the server has written it.
import {HttpConnection} from './http.mjs';
import {Mismatch} from './matching.mjs';

const blankLine = '\r\n\r\n';

/** Takes the head of a response. */
function parseHead(bytes) {
  const size = bytes.indexOf(blankLine) + blankLine.length;
  if (size < blankLine.length) return undefined;
  const [first, ...lines] = bytes.subarray(0, size - blankLine.length).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  return {value: {status: Number(first.split(' ')[1]), headers}, size};
}

/** Takes a chunk of a body: its bytes, none at the body's end. */
function parseChunk(bytes) {
  const lineEnd = bytes.indexOf('\r\n');
  if (lineEnd < 0) return undefined;
  const length = parseInt(bytes.subarray(0, lineEnd).toString(), 16);
  const size = lineEnd + 2 + length + 2;
  if (bytes.length < size) return undefined;
  return {value: bytes.subarray(lineEnd + 2, lineEnd + 2 + length), size};
}

/** The fields of an event, from its lines. A comment is {comment}. The data is read as JSON. */
function parseEvent(text) {
  const fields = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (name === '') fields.comment = value;
    else if (name in fields) throw new Mismatch(`one field ${name}`, text);
    else fields[name] = value;
  }
  return 'data' in fields ? {...fields, data: JSON.parse(fields.data)} : fields;
}

/** The query of a request: parameters, and those of the join with brackets for each level. */
export function queryOf({topic, join = {}, params = {}}) {
  const query = new URLSearchParams(params);
  if (topic !== undefined) query.set('topic', topic);
  const add = (name, value) => {
    if (typeof value !== 'object') query.append(name, value);
    else for (const [key, inner] of Object.entries(value)) add(`${name}[${key}]`, inner);
  };
  add('join', join);
  return query.toString();
}

export class EventStream {
  #bytes = Buffer.alloc(0);

  /** Opens a stream, and takes its head. */
  static async open(server, target, {headers = {}, limitMs}) {
    const http = await HttpConnection.open(server, limitMs);
    http.send('GET', target, {headers});
    const stream = new EventStream(http, limitMs);
    stream.head = await http.tcp.next(parseHead, limitMs, 'the head of an event stream');
    return stream;
  }

  constructor(http, limitMs) {
    this.http = http;
    this.limitMs = limitMs;
  }

  /** The body of a refusal, read as JSON. */
  async refusal() {
    const length = Number(this.head.headers['content-length']);
    const take = (bytes) => (bytes.length < length ? undefined : {value: bytes.subarray(0, length).toString(), size: length});
    return JSON.parse(await this.http.tcp.next(take, this.limitMs, 'the body of a refusal'));
  }

  /** The next event or comment; null if the stream has ended in order. */
  async nextOrComment(expected = 'an event', limitMs = this.limitMs) {
    for (;;) {
      const end = this.#bytes.indexOf('\n\n');
      if (end >= 0) {
        const event = parseEvent(this.#bytes.subarray(0, end).toString());
        this.#bytes = this.#bytes.subarray(end + 2);
        return event;
      }
      const chunk = await this.http.tcp.next(parseChunk, limitMs, expected);
      if (chunk === null) throw new Mismatch(expected, 'a connection that was cut');
      if (chunk.length === 0) return null;
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    }
  }

  /** The next event; comments are left out. */
  async next(expected, limitMs) {
    for (;;) {
      const got = await this.nextOrComment(expected, limitMs);
      if (got === null || got.comment === undefined) return got;
    }
  }

  drop() {
    this.http.tcp.drop();
  }
}

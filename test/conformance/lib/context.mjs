import {randomBytes} from 'node:crypto';

import {officialClient} from './client.mjs';
import {EventStream, queryOf} from './event_stream.mjs';
import {HttpConnection} from './http.mjs';
import {Inbox} from './inbox.mjs';
import {LongPoll, LongPollCarrier} from './long_poll.mjs';
import {check} from './matching.mjs';
import {broadcast, v1, v2} from './messages.mjs';
import {Peer} from './peer.mjs';
import {Program, startReference, startServer} from './program.mjs';
import {tlsOptions} from './tls.mjs';
import {userToken} from './token.mjs';
import {WebSocketCarrier, exchange, upgradeRequest} from './websocket.mjs';

const random = () => randomBytes(6).toString('hex');

export function addressOf(url) {
  const {hostname, port, protocol} = new URL(url);
  return {url, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), tls: protocol === 'https:'};
}

function target(path, params) {
  const query = typeof params === 'string' ? params : new URLSearchParams(params).toString();
  return query ? `${path}?${query}` : path;
}

/**
 * The context of a case. Members are bound, so that a case takes those it needs. Topics and users are the case's own,
 * and what it opened is closed when it is over.
 */
export class Context {
  #undo = [];

  constructor({url, edgeUrl}) {
    this.server = addressOf(url);
    this.edge = edgeUrl ? addressOf(edgeUrl) : null;
    this.limitMs = 8_000;
    this.room = `room:${random()}`;
    this.user = `user-${random()}`;
  }

  name = (prefix) => `${prefix}${random()}`;

  after = (undo) => this.#undo.push(undo);

  async cleanUp() {
    for (const undo of this.#undo.reverse()) await undo();
  }

  /** A WebSocket; `query` is the complete query string, `params` are parameters in addition to vsn. */
  connect = async ({path = '/socket/websocket', vsn = '2.0.0', params = {}, query, headers,
    server = this.server} = {}) => {
    const serializer = vsn.startsWith('1.') ? v1 : v2;
    const inbox = new Inbox(this.limitMs);
    const where = target(path, query ?? {vsn, ...params});
    const carrier = await WebSocketCarrier.open(server, where, {headers, inbox, limitMs: this.limitMs});
    this.after(() => carrier.stop());
    return new Peer(carrier, serializer, inbox);
  };

  /** A long-poll session that polls all the time. */
  poll = async ({vsn = '2.0.0', ...options} = {}) => {
    const session = await this.session({vsn, ...options});
    const inbox = new Inbox(this.limitMs);
    const serializer = vsn.startsWith('1.') ? v1 : v2;
    const carrier = new LongPollCarrier(session, serializer, inbox);
    this.after(() => carrier.stop());
    return new Peer(carrier, serializer, inbox);
  };

  /** A long-poll session whose requests the case makes itself. */
  session = async ({path = '/socket/longpoll', vsn = '2.0.0', params = {}, tokenIn, headers, server = this.server,
    begin = true} = {}) => {
    const session = await LongPoll.open(server, target(path, {vsn, ...params}),
      {limitMs: this.limitMs, tokenIn, headers});
    this.after(() => session.stop());
    return begin ? session.begin() : session;
  };

  /** A stream of server-sent events; `query` is the complete query string. */
  follow = async (topic, {path = '/socket/sse', join, params, query, headers, server = this.server} = {}) => {
    const where = target(path, query ?? queryOf({topic, join, params}));
    const stream = await EventStream.open(server, where, {headers, limitMs: this.limitMs});
    this.after(() => stream.drop());
    return stream;
  };

  /** A WebSocket on /strict. */
  strict = ({token = userToken(this.user), ...options} = {}) => this.connect({path: '/strict/websocket',
    params: {token}, ...options});

  /** The response to a request to open a WebSocket, with any status. */
  upgrade = async ({path = '/socket/websocket', query = 'vsn=2.0.0', headers, method, server = this.server} = {}) => {
    const request = upgradeRequest(server, target(path, query), headers, method);
    const {response, tcp} = await exchange(server, request, {method, limitMs: this.limitMs});
    tcp.drop();
    return response;
  };

  http = async (server = this.server) => {
    const connection = await HttpConnection.open(server, this.limitMs);
    this.after(() => connection.tcp.drop());
    return connection;
  };

  /** A listener on the topic audit, which receives the reason when the channel of a topic ends. */
  audit = async (server = this.server) => {
    const peer = await this.connect({server});
    await peer.join('audit');
    const heard = [];
    const take = (topic) => heard.splice(heard.findIndex((report) => report.topic === topic), 1)[0];
    const has = (topic) => heard.some((report) => report.topic === topic);
    return {
      peer,
      report: async (topic, limitMs) => {
        while (!has(topic)) {
          const [joinRef, ref, , event, payload] = await peer.next(`a report that ${topic} ended`, limitMs);
          check(broadcast('audit', 'terminated', payload), [joinRef, ref, 'audit', event, payload]);
          heard.push(payload);
        }
        return take(topic);
      },
      /** True if there was a report, after all earlier events have been reported. */
      hasReported: async (topic) => {
        const other = `room:${random()}`;
        const mark = await this.connect({server});
        await mark.join(other);
        mark.drop();
        while (!has(other)) heard.push((await peer.next('a report'))[4]);
        return has(topic);
      },
    };
  };

  /** The official client. */
  client = (options) => officialClient(this, options);

  /** A reference server of this case's own, on a free port, with TLS if this run uses it. */
  start = (...args) => this.startWith({}, ...args);

  /** The same, with options of `Program`. */
  startWith = async (options, ...args) => this.#keep(await startReference(args, 2 * this.limitMs, options));

  /** Another server of this case's own. */
  startProgram = async (name, ...args) =>
    this.#keep(await startServer(name, ['--port', '0', ...tlsOptions(), ...args], 2 * this.limitMs));

  #keep = (program) => {
    this.after(() => program.signal('SIGKILL'));
    return Object.assign(program, addressOf(program.url));
  };

  /** Runs a program with these arguments alone, until it ends. */
  run = async (name, ...args) => {
    const program = new Program(name, args);
    this.after(() => program.signal('SIGKILL'));
    return {...await program.exitWithin(this.limitMs), stdout: program.stdout, stderr: program.stderr};
  };
}

// The long-poll transport, request by request, and as a carrier of messages.
import {HttpConnection} from './http.mjs';
import {Mismatch, check, matches, someText} from './matching.mjs';

export const ndjson = 'application/x-ndjson';

/** A session on the server; polls and posts have a connection each. */
export class LongPoll {
  token = null;

  static async open(server, target, {limitMs, tokenIn = 'header', headers = {}}) {
    const session = new LongPoll(server, target, limitMs, tokenIn, headers);
    session.polls = await HttpConnection.open(server, limitMs);
    session.posts = await HttpConnection.open(server, limitMs);
    return session;
  }

  constructor(server, target, limitMs, tokenIn, headers) {
    Object.assign(this, {server, target, limitMs, tokenIn, headers});
  }

  /** Opens the session. The answer is 410, because there was none before. */
  async begin() {
    const answer = await this.poll();
    check({status: 410, token: someText, messages: []}, answer);
    this.token = answer.token;
    return this;
  }

  poll({limitMs, connection = this.polls} = {}) {
    return this.#request(connection, 'GET', {limitMs});
  }

  /** Posts one body; a list becomes lines, of which bytes are in base64. */
  post(body, {type = ndjson, limitMs, connection = this.posts} = {}) {
    const lines = [body].flat().map((one) => (Buffer.isBuffer(one) ? one.toString('base64') : one));
    return this.#request(connection, 'POST', {headers: {'content-type': type}, body: lines.join('\n'), limitMs});
  }

  async #request(connection, method, {headers = {}, ...options}) {
    const inHeader = this.token !== null && this.tokenIn === 'header' ? {'x-phoenix-longpoll-token': this.token} : {};
    const inQuery = this.token !== null && this.tokenIn === 'query' ? `&token=${encodeURIComponent(this.token)}` : '';
    const response = await connection.request(method, this.target + inQuery,
      {headers: {...this.headers, ...inHeader, ...headers}, ...options});
    if (response.status !== 200) throw new Mismatch(`HTTP 200 to ${method}`,
      `HTTP ${response.status} ${response.body}`);
    return JSON.parse(response.body);
  }

  stop() {
    this.polls.tcp.drop();
    this.posts.tcp.drop();
  }
}

/** Polls all the time, and puts messages into an inbox, as {text}, and {end: true} when the session is over. */
export class LongPollCarrier {
  #stopped = false;

  constructor(session, serializer, inbox) {
    this.session = session;
    this.serializer = serializer;
    this.inbox = inbox;
    this.#receive();
  }

  /** Sends messages: in one batch if the protocol's version supports it, else one by one. */
  async send(messages) {
    if (this.serializer.vsn.startsWith('1.')) {
      for (const message of messages) check({status: 200},
        await this.session.post(message, {type: 'application/json'}));
    } else {
      check({status: 200}, await this.session.post(messages));
    }
  }

  stop() {
    this.#stopped = true;
    this.session.stop();
  }

  async #receive() {
    try {
      for (;;) {
        const answer = await this.session.poll({limitMs: 15_000});
        if (answer.status === 410) return this.inbox.put({end: true});
        if (!matches(204, answer.status)) check(200, answer.status, 'the status of a poll');
        for (const text of answer.messages) this.inbox.put({text});
      }
    } catch (error) {
      if (!this.#stopped) this.inbox.put({violation: error.message});
    }
  }
}

import {LongPoll} from '../../conformance/lib/long_poll.mjs';
import {join, leave} from '../../conformance/lib/messages.mjs';
import {WebSocketCarrier} from '../../conformance/lib/websocket.mjs';

/** Longer messages are not parsed: they belong to the storms. */
const longestRead = 64 * 1024;

/** The messages of a WebSocket, and its end. */
class Inbox {
  constructor(client) {
    this.client = client;
  }

  put(item) {
    const {client} = this;
    if (item.text !== undefined) client.receive(item.text);
    else if (item.binary) client.receiveBinary(item.binary);
    else if (item.violation) client.ledger.fault(`${client.user} got ${item.violation}`);
    else if (item.close !== undefined) client.closeCode = item.close;
    else if (item.end) client.end();
  }
}

/** Polls until the session is over. */
class PollingCarrier {
  constructor(session, client) {
    Object.assign(this, {session, client, stopped: false});
    this.#receive();
  }

  send(messages) {
    this.session.post(messages).then(({status}) => {
      if (status !== 200 && status !== 410) this.client.ledger.fault(`a post was answered ${status}`);
    }).catch(() => this.client.end());
  }

  stop() {
    this.stopped = true;
    this.session.stop();
    this.client.end();
  }

  async #receive() {
    try {
      while (!this.stopped) {
        const {status, messages} = await this.session.poll({limitMs: 60_000});
        if (status === 410) break;
        for (const text of messages ?? []) this.client.receive(text);
      }
    } catch (error) {
      if (!this.stopped) this.client.ledger.fault(`a poll failed: ${error.message}`);
    }
    this.client.end();
  }
}

/** A client that records its actions in the ledger. */
export class Client {
  #refs = 0;
  #pending = new Map();
  joined = new Map();  // topic -> join_ref
  joining = new Set();
  isOpen = true;
  closeCode = null;
  cut = false;

  static async open(server, ledger, user, {polls = false} = {}) {
    const made = new Client(ledger, user);
    const query = `vsn=2.0.0&user=${user}`;
    if (polls) {
      const session = await LongPoll.open(server, `/socket/longpoll?${query}`, {limitMs: 60_000});
      made.carrier = new PollingCarrier(await session.begin(), made);
    } else {
      made.carrier = await WebSocketCarrier.open(server, `/socket/websocket?${query}`,
        {inbox: new Inbox(made), limitMs: 60_000});
    }
    made.polls = polls;
    return made;
  }

  constructor(ledger, user) {
    Object.assign(this, {ledger, user});
    this.gone = new Promise((resolve) => {
      this.sayGone = resolve;
    });
  }

  // -- sending --

  sendAll(messages) {
    if (this.isOpen) this.carrier.send(messages.map((m) => (typeof m === 'string' || Buffer.isBuffer(m) ? m : JSON.stringify(m))));
  }

  send(...messages) {
    this.sendAll(messages);
  }

  /** Joins. `then` gets the answer's status. */
  join(topic, payload = {}, then = () => {}) {
    const ref = this.#ref();
    const book = this.ledger.join(this.user, topic);
    book.sent += 1;
    if (this.joined.has(topic) || this.joining.has(topic)) book.again += 1;
    this.joining.add(topic);
    this.#pending.set(ref, {answer: (status) => {
      this.joining.delete(topic);
      if (status === 'ok') {
        book.accepted += 1;
        this.joined.set(topic, ref);
      } else {
        book.refused += 1;
      }
      then(status);
    }});
    this.send(join(topic, payload, ref));
  }

  leave(topic) {
    this.send(leave(topic, this.#ref(), this.joined.get(topic)));
    this.joined.delete(topic);
  }

  /** A push, made but not sent: [the message, a promise of {status, response}, or of null if the client ended]. */
  push(topic, event, payload) {
    const ref = this.#ref();
    this.ledger.pushes.sent += 1;
    const answered = new Promise((resolve) => {
      this.#pending.set(ref, {pushes: topic, answer: (status, response) => {
        this.ledger.pushes.answered += 1;
        resolve({status, response});
      }, lost: () => {
        this.ledger.pushes.lost += 1;
        resolve(null);
      }});
    });
    return [[this.joined.get(topic), ref, topic, event, payload], answered];
  }

  ask(topic, event, payload) {
    const [message, answered] = this.push(topic, event, payload);
    this.send(message);
    return answered;
  }

  /** A push without an answer. */
  tell(topic, event, payload) {
    this.send([this.joined.get(topic), null, topic, event, payload]);
  }

  /** Closes the connection without leaving. */
  drop() {
    this.cut = true;
    this.carrier.stop();
    this.end();
  }

  // -- receiving --

  onEvent() {}

  onChannelEnd() {}

  receive(text) {
    if (text.length > longestRead) return;
    const [joinRef, ref, topic, event, payload] = JSON.parse(text);
    if (event === 'phx_reply') this.#answer(ref, payload);
    else if (event === 'phx_close' || event === 'phx_error') this.#channelEnded(topic, joinRef);
    else this.onEvent(topic, event, payload);
  }

  receiveBinary(bytes) {
    if (bytes[0] !== 1) return;
    const sizes = bytes.subarray(1, 5);
    const ref = bytes.subarray(5 + sizes[0], 5 + sizes[0] + sizes[1]).toString();
    this.#answer(ref, {status: 'ok', response: bytes.subarray(5 + sizes[0] + sizes[1] + sizes[2] + sizes[3])});
  }

  end() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.ledger.closed(this.closeCode);
    for (const {lost} of this.#pending.values()) lost?.();
    this.#pending.clear();
    this.joined.clear();
    if (this.carrier.tcp) this.carrier.tcp.drop();
    this.sayGone();
  }

  #ref() {
    this.#refs += 1;
    return String(this.#refs);
  }

  #answer(ref, {status, response}) {
    const waiting = this.#pending.get(ref);
    if (!waiting) return;
    this.#pending.delete(ref);
    waiting.answer(status, response);
  }

  /** Settles the pushes that an ended channel has not answered. */
  #channelEnded(topic, joinRef) {
    if (this.joined.get(topic) === joinRef) this.joined.delete(topic);
    this.onChannelEnd(topic);
    for (const [ref, {pushes, lost}] of this.#pending) {
      if (pushes !== topic) continue;
      this.#pending.delete(ref);
      lost();
    }
  }
}

import {Mismatch, anything, check, matches} from './matching.mjs';
import {beat, heartbeat, join, leave, reply} from './messages.mjs';

/** A received item in the form for a case: a message, or another item. */
function seen(item) {
  if (item.text !== undefined) return parsed(item.text);
  return item.binary ?? item;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {violation: 'text that is no JSON', text};
  }
}

/**
 * A client: sends messages over its carrier, and says which ones it expects. A message is
 * [join_ref, ref, topic, event, payload].
 */
export class Peer {
  #refs = 0;
  /** Selects the messages to ignore. */
  ignores = () => false;

  constructor(carrier, serializer, inbox) {
    this.carrier = carrier;
    this.serializer = serializer;
    this.inbox = inbox;
  }

  /** Sends messages together. */
  send(...messages) {
    return this.carrier.send(messages.map((message) => this.serializer.encode(message)));
  }

  /** Sends text as it is. */
  sendText(...texts) {
    return this.carrier.send(texts);
  }

  async next(expected, limitMs) {
    for (;;) {
      const got = seen(await this.inbox.take(expected, limitMs));
      if (!this.ignores(got)) return got;
    }
  }

  /** These messages come next, in this order. */
  async expect(...messages) {
    for (const message of messages) {
      const expected = this.serializer.expected(message);
      check(expected, await this.next(expected));
    }
  }

  /** These messages come next, in any order. */
  async expectInAnyOrder(...messages) {
    const left = messages.map((message) => this.serializer.expected(message));
    while (left.length > 0) {
      const got = await this.next(left);
      const at = left.findIndex((expected) => matches(expected, got));
      if (at < 0) throw new Mismatch(left, got, 'in any order');
      left.splice(at, 1);
    }
  }

  /** Takes messages up to this one, and returns this one. */
  async skipTo(message) {
    const expected = this.serializer.expected(message);
    for (;;) {
      const got = await this.next(expected);
      if (matches(expected, got)) return got;
      if (got.end || got.close !== undefined || got.violation) throw new Mismatch(expected, got);
    }
  }

  async join(topic, payload = {}, ref = '1', joinRef = ref) {
    await this.send(join(topic, payload, ref, joinRef));
    await this.expect(reply(joinRef, ref, topic));
  }

  /** Sends a push; the next message is its reply, whose payload this returns. */
  async ask(topic, event, payload = {}, joinRef = '1') {
    const ref = `ask-${++this.#refs}`;
    await this.send([joinRef, ref, topic, event, payload]);
    const expected = this.serializer.expected([joinRef, ref, topic, 'phx_reply', anything]);
    const got = await this.next(expected);
    check(expected, got);
    return Array.isArray(got) ? got[4] : got.payload;
  }

  /** Nothing else was to come: a heartbeat, then a channel that comes and goes, are answered, and that is all. */
  async settle() {
    const name = `settle-${++this.#refs}`;
    await this.send(heartbeat(name));
    await this.expect(beat(name));
    const topic = `room:${name}-${Math.random()}`;
    await this.join(topic, {}, name);
    await this.send(leave(topic, `${name}-leave`, name));
    await this.expect(reply(name, `${name}-leave`, topic), [name, name, topic, 'phx_close', {}]);
  }

  /** The next heartbeat's answer is the next thing that comes. */
  async beats() {
    const ref = `beat-${++this.#refs}`;
    await this.send(heartbeat(ref));
    await this.expect(beat(ref));
  }

  // -- of WebSockets only --

  ping(payload) {
    this.carrier.frame(9, payload);
  }

  async expectPong(payload) {
    check({pong: Buffer.from(payload)}, await this.next({pong: Buffer.from(payload)}));
  }

  /** The server closes with this code, and ends the connection. */
  async expectClose(code, limitMs) {
    const close = await this.next({close: code}, limitMs);
    check(code, 'close' in close ? close.close : close, 'the code of a close frame');
    check({end: true}, await this.next('the end of the connection'), 'after the close frame');
    return close;
  }

  close(code, reason) {
    this.carrier.close(code, reason);
  }

  frame(...all) {
    this.carrier.frame(...all);
  }

  raw(bytes) {
    this.carrier.tcp.write(bytes);
  }

  drop() {
    this.carrier.stop();
  }
}

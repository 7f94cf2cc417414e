// One room: its channel and its state. Independent of the page.
import {Presence} from './phoenix/phoenix.mjs';
import {Timeline} from './timeline.js';

const sayTimeoutMs = 8000;
const typingPauseMs = 4000;  // time without a key after which a visitor counts as not typing any more
const maxOutbox = 50;

function newId() {
  // crypto.randomUUID() exists on https and localhost only.
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A text for an error of the server. */
function wordsOf({reason, field, message} = {}) {
  return message ? `${field ? `${field}: ` : ''}${message}` : reason ?? 'the server did not say why';
}

/**
 * `status` is the state of the join:
 *   joining  the join was sent
 *   in       joined, and up to date
 *   out      was joined; the connection or the server's channel broke, and the client joins again by itself
 *   refused  refused, with the reason in `trouble`; the client tries again by itself
 *   barred   refused for good: another attempt would be refused too
 */
export class Room {
  status = 'joining';
  trouble = null;
  timeline = new Timeline();
  outbox = [];  // messages of this client that the server has not confirmed: {id, body, at, state, reason}
  people = [];  // the people in the room: {name, windows, isTyping}, each name once
  unread = 0;
  draft = '';
  isWatched = false;
  #isTyping = false;  // the last value that was sent to the others
  #typingEnds = 0;

  /** @param onChange called after each change; @param myName a function */
  constructor(socket, name, myName, onChange) {
    this.name = name;
    this.myName = myName;
    this.onChange = onChange;
    this.channel = socket.channel(`room:${name}`);
    this.channel.on('state', (state) => this.#begin(state));
    this.channel.on('message', (message) => this.#hear(message));
    this.presence = new Presence(this.channel);
    this.presence.onSync(() => this.#see());
    this.channel.onError(() => this.#lose());
    this.channel.join().receive('error', (why) => this.#refuse(why));
  }

  /** The names of the other members who are typing. */
  get typing() {
    const me = this.myName();
    return this.people.filter(({name, isTyping}) => isTyping && name !== me).map(({name}) => name);
  }

  get isFull() {
    return this.outbox.length >= maxOutbox;
  }

  say(body) {
    const entry = {id: newId(), body, at: Date.now(), state: 'waiting', reason: null, attempt: 0};
    this.outbox.push(entry);
    if (this.status === 'in') this.#send(entry);
    this.typed(true);
    this.onChange();
  }

  retry(entry) {
    if (this.status === 'in') this.#send(entry);
    else entry.state = 'waiting';
    this.onChange();
  }

  discard(entry) {
    this.outbox = this.outbox.filter((other) => other !== entry);
    this.onChange();
  }

  /** Called when text was typed, or all of it removed. The other members see who is typing. */
  typed(isEmpty) {
    clearTimeout(this.#typingEnds);
    if (!isEmpty) this.#typingEnds = setTimeout(() => this.#setTyping(false), typingPauseMs);
    this.#setTyping(!isEmpty);
  }

  leave() {
    clearTimeout(this.#typingEnds);
    this.channel.leave();
  }

  // -- from the server --

  #begin({run, messages}) {
    this.status = 'in';
    this.trouble = null;
    this.#isTyping = false;
    this.timeline.merge(run, messages);
    messages.forEach((message) => this.#isSent(message));
    this.outbox.filter((entry) => entry.state === 'waiting').forEach((entry) => this.#send(entry));
    this.onChange();
  }

  #hear(message) {
    this.#isSent(message);
    if (this.timeline.add(message) && !this.isWatched && message.name !== this.myName()) this.unread += 1;
    this.onChange();
  }

  #see() {
    this.people = this.presence.list((name, {metas}) =>
        ({name, windows: metas.length, isTyping: metas.some(({typing}) => typing)}));
    this.onChange();
  }

  #lose() {
    if (this.status === 'barred') return;
    this.status = 'out';
    this.outbox.filter((entry) => entry.state === 'sending').forEach((entry) => (entry.state = 'waiting'));
    this.people = this.people.map((one) => ({...one, isTyping: false}));
    this.onChange();
  }

  #refuse(why) {
    this.trouble = wordsOf(why);
    this.status = why.reason === 'bad room name' ? 'barred' : 'refused';
    if (this.status === 'barred') this.channel.leave();
    this.onChange();
  }

  // -- to the server --

  /** An answer that comes too late, after the message was sent again, changes nothing: the server keeps it once. */
  #send(entry) {
    entry.state = 'sending';
    const attempt = ++entry.attempt;
    const settle = (state, reason) => {
      if (entry.attempt !== attempt || entry.state !== 'sending') return;
      Object.assign(entry, {state, reason});
      this.onChange();
    };
    this.channel.push('say', {id: entry.id, body: entry.body}, sayTimeoutMs)
        .receive('ok', (message) => this.#hear(message))
        .receive('error', (why) => settle('refused', wordsOf(why)))
        .receive('timeout', () => settle('waiting', null));
  }

  #setTyping(isTyping) {
    if (this.status !== 'in' || this.#isTyping === isTyping) return;
    this.#isTyping = isTyping;
    this.channel.push('typing', {on: isTyping});
  }

  #isSent(message) {
    if (message.name === this.myName()) this.outbox = this.outbox.filter((entry) => entry.id !== message.id);
  }
}

// One room: its channel, and what is known of it. Knows nothing of the page.
import {Timeline} from './timeline.js';

const sayTimeoutMs = 8000;
const typingEveryMs = 2000;  // how often the others are told that somebody is typing
const typingShownMs = 4000;  // how long they show it: longer than that, so that it does not flicker
const maxOutbox = 50;

function newId() {
  // crypto.randomUUID() is there on https and localhost only.
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What a server's error says, for people. */
function wordsOf({reason, field, message} = {}) {
  return message ? `${field ? `${field}: ` : ''}${message}` : reason ?? 'the server did not say why';
}

/**
 * `status` is where we stand with the room:
 *   joining  asked to be let in
 *   in       let in, and up to date
 *   out      was in; the connection or the server's channel broke, and the client comes back by itself
 *   refused  not let in, `trouble` says why; the client asks again by itself
 *   barred   not let in, and asking again is of no use
 */
export class Room {
  status = 'joining';
  trouble = null;
  timeline = new Timeline();
  outbox = [];  // what was said here and is not known to be on the server: {id, body, at, state, reason}
  people = [];
  unread = 0;
  draft = '';
  isWatched = false;
  #typing = new Map();  // name -> the timer that ends it
  #typedAt = 0;
  #peopleVersion = -1;

  /** @param onChange called after each change; @param myName a function */
  constructor(socket, name, myName, onChange) {
    this.name = name;
    this.myName = myName;
    this.onChange = onChange;
    this.channel = socket.channel(`room:${name}`);
    this.channel.on('state', (state) => this.#begin(state));
    this.channel.on('message', (message) => this.#hear(message));
    this.channel.on('people', (people) => this.#see(people));
    this.channel.on('typing', ({name}) => this.#showTyping(name));
    this.channel.onError(() => this.#lose());
    this.channel.join().receive('error', (why) => this.#refuse(why));
  }

  get typing() {
    return [...this.#typing.keys()];
  }

  get isFull() {
    return this.outbox.length >= maxOutbox;
  }

  say(body) {
    const entry = {id: newId(), body, at: Date.now(), state: 'waiting', reason: null, attempt: 0};
    this.outbox.push(entry);
    this.#typedAt = 0;
    if (this.status === 'in') this.#send(entry);
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

  /** Something was typed; tells the others, now and then. */
  typed() {
    if (this.status !== 'in' || Date.now() - this.#typedAt < typingEveryMs) return;
    this.#typedAt = Date.now();
    this.channel.push('typing', {});
  }

  leave() {
    this.#typing.forEach(clearTimeout);
    this.channel.leave();
  }

  // -- from the server --

  #begin({run, messages, people}) {
    this.status = 'in';
    this.trouble = null;
    this.#peopleVersion = -1;
    this.timeline.merge(run, messages);
    messages.forEach((message) => this.#isSent(message));
    this.#see(people);
    this.outbox.filter((entry) => entry.state === 'waiting').forEach((entry) => this.#send(entry));
    this.onChange();
  }

  #hear(message) {
    this.#isSent(message);
    this.#hideTyping(message.name);
    if (this.timeline.add(message) && !this.isWatched && message.name !== this.myName()) this.unread += 1;
    this.onChange();
  }

  #see({version, names}) {
    if (version < this.#peopleVersion) return;
    this.#peopleVersion = version;
    this.people = names;
    this.onChange();
  }

  #showTyping(name) {
    clearTimeout(this.#typing.get(name));
    this.#typing.set(name, setTimeout(() => this.#hideTyping(name), typingShownMs));
    this.onChange();
  }

  #hideTyping(name) {
    clearTimeout(this.#typing.get(name));
    if (this.#typing.delete(name)) this.onChange();
  }

  #lose() {
    if (this.status === 'barred') return;
    this.status = 'out';
    this.outbox.filter((entry) => entry.state === 'sending').forEach((entry) => (entry.state = 'waiting'));
    this.#typing.forEach(clearTimeout);
    this.#typing.clear();
    this.onChange();
  }

  #refuse(why) {
    this.trouble = wordsOf(why);
    this.status = why.reason === 'bad room name' ? 'barred' : 'refused';
    if (this.status === 'barred') this.channel.leave();
    this.onChange();
  }

  // -- what we say --

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

  #isSent(message) {
    if (message.name === this.myName()) this.outbox = this.outbox.filter((entry) => entry.id !== message.id);
  }
}

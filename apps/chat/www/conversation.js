// The messages of the visible room.
import {el, linked, update} from './dom.js';
import {avatar, coloured} from './names.js';
import {Timeline} from './timeline.js';

const sameBreathMs = 5 * 60 * 1000;  // messages of one person no further apart than this are shown as one group
const nearEndPx = 60;

const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit'});
const calendar = new Intl.DateTimeFormat(undefined, {weekday: 'long', day: 'numeric', month: 'long'});
const full = new Intl.DateTimeFormat(undefined, {dateStyle: 'full', timeStyle: 'medium'});

function dayOf(at) {
  const day = calendar.format(at);
  return day === calendar.format(Date.now()) ? 'Today' : day;
}

/** The visible entries, from top to bottom, each with a key and a sign (see `update`). */
function itemsOf(room) {
  const waiting = room.outbox.map((entry) => ({
    ...entry, entry, key: Timeline.keyOf({name: room.myName(), id: entry.id}), name: room.myName(),
  }));
  const items = [];
  let before = null;
  let day = '';
  for (const one of [...room.timeline.entries, ...waiting]) {
    if (one.note === undefined && dayOf(one.at) !== day) {
      day = dayOf(one.at);
      items.push({key: `day/${one.key}`, sign: day, note: day, isDay: true});
      before = null;
    }
    const isFirst = before?.name !== one.name || one.at - before.at > sameBreathMs;
    const isMine = one.name === room.myName();
    const sign = JSON.stringify([isFirst, isMine, one.state, one.reason, one.entry && room.status === 'in']);
    items.push({...one, isFirst, isMine, sign, room});
    before = one.note === undefined ? one : null;
  }
  return items.map((item) => ({...item, key: `${room.name}/${item.key}`}));
}

function stateOf({room, entry}) {
  if (entry === undefined) return null;
  const button = (text, action) => el('button', {type: 'button', class: 'quiet', onclick: action}, text);
  const discard = button('Discard', () => room.discard(entry));
  const retry = button('Try again', () => room.retry(entry));
  switch (entry.state) {
    case 'sending': return el('p', {class: 'state'}, 'Sending…');
    case 'refused': return el('p', {class: 'state bad'}, `Not accepted: ${entry.reason}. `, retry, discard);
    default:
      return room.status === 'in' ? el('p', {class: 'state bad'}, 'Not sent: no answer. ', retry, discard) :
                                    el('p', {class: 'state bad'}, 'Not sent yet; goes out once we are back. ', discard);
  }
}

function nodeOf(item) {
  if (item.note !== undefined) return el('li', {class: item.isDay ? 'note day' : 'note'}, el('span', {}, item.note));
  const {name, at, body, isFirst, isMine, entry} = item;
  const kind = ['message', isFirst && 'first', isMine && 'mine', entry && entry.state].filter(Boolean).join(' ');
  const time = el('time', {datetime: new Date(at).toISOString(), title: full.format(at)}, clock.format(at));
  return coloured(
      el('li', {class: kind, 'data-id': item.id},
         isFirst && !isMine && avatar(name),
         isFirst && el('p', {class: 'by'}, el('span', {class: isMine ? 'unseen' : 'name'}, name), time),
         el('p', {class: 'body', dir: 'auto', title: full.format(at)}, ...linked(body)),
         stateOf(item)),
      name);
}

export class Conversation {
  #log = document.querySelector('#log');
  #messages = document.querySelector('#messages');
  #toEnd = document.querySelector('#to-end');
  #room = null;
  #isAtEnd = true;
  #count = 0;

  constructor() {
    this.#log.addEventListener('scroll', () => this.#scrolled());
    this.#toEnd.addEventListener('click', () => this.#scrollToEnd());
    new ResizeObserver(() => this.#isAtEnd && this.#scrollToEnd()).observe(this.#log);
  }

  show(room) {
    this.#isAtEnd = room !== this.#room || this.#isNearEnd();  // the event of the last scroll may not have come yet
    const items = itemsOf(room);
    const news = room === this.#room ? items.length - this.#count : 0;
    const isMine = items.at(-1)?.entry !== undefined && news > 0;
    this.#room = room;
    this.#count = items.length;
    update(this.#messages, items.length > 0 ? items : this.#emptiness(room), nodeOf);
    if (this.#isAtEnd || isMine) this.#scrollToEnd();
    else if (news > 0) this.#toEnd.hidden = false;
  }

  #emptiness(room) {
    if (room.status !== 'in') return [];
    return [{key: `${room.name}/empty`, sign: '', note: `Nobody has said anything in #${room.name} yet.`}];
  }

  #isNearEnd() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < nearEndPx;
  }

  #scrolled() {
    this.#isAtEnd = this.#isNearEnd();
    if (this.#isAtEnd) this.#toEnd.hidden = true;
  }

  #scrollToEnd() {
    this.#isAtEnd = true;
    this.#toEnd.hidden = true;
    this.#log.scrollTop = this.#log.scrollHeight;
  }
}

// One line about the connection and the room, if it needs the user's attention.
import {el, update} from './dom.js';

const backAgainMs = 4000;

/** @returns {{tone: string, text: string, hint?: string, retry?: boolean}|null} */
function newsOf(connection, room, backUntil) {
  if (connection.state === 'connecting') return {tone: 'calm', text: 'Connecting…'};
  if (connection.state === 'lost') {
    const state = navigator.onLine ? (connection.wasOpen ? 'Connection lost.' : 'The server cannot be reached.') :
                                    'This device is offline.';
    const seconds = Math.ceil((connection.nextAt - Date.now()) / 1000);
    const hint = seconds > 0 ? `next in ${seconds} s` : 'trying now';
    return {tone: 'warn', text: `${state} Reconnecting… try ${connection.attempt}`, hint, retry: seconds > 1};
  }
  switch (room.status) {
    case 'barred': return {tone: 'bad', text: `You cannot enter #${room.name}: ${room.trouble}.`};
    case 'refused': return {tone: 'bad', text: `You cannot enter #${room.name}: ${room.trouble}. Asking again…`};
    case 'out': return {tone: 'warn', text: `Back online. Entering #${room.name} again…`};
    case 'joining': return {tone: 'calm', text: `Entering #${room.name}…`};
  }
  return Date.now() < backUntil ? {tone: 'good', text: 'Back again.'} : null;
}

export class Banner {
  #place = document.querySelector('#banner');
  #wasLost = false;
  #backUntil = 0;
  #timer = 0;

  constructor(onRetry) {
    this.onRetry = onRetry;
  }

  show(connection, room) {
    if (connection.state === 'lost') this.#wasLost = true;
    if (this.#wasLost && connection.state === 'open' && room.status === 'in') {
      this.#wasLost = false;
      this.#backUntil = Date.now() + backAgainMs;
    }
    const news = newsOf(connection, room, this.#backUntil);
    update(this.#place, news ? [{key: 'news', sign: JSON.stringify([news.tone, news.text]), news}] : [], ({news}) =>
        el('div', {class: `news ${news.tone}`},
           el('p', {}, news.text, ' ', el('span', {class: 'hint', 'aria-hidden': 'true'})),
           el('button', {type: 'button', class: 'quiet retry', onclick: this.onRetry}, 'Try now')));
    if (news) {
      this.#place.querySelector('.hint').textContent = news.hint ?? '';
      this.#place.querySelector('.retry').hidden = !news.retry;
    }
    clearTimeout(this.#timer);
    if (news?.hint || news?.tone === 'good') this.#timer = setTimeout(() => this.show(connection, room), 250);
  }
}

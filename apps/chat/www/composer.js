// The field for writing a message.
import {bytesIn} from './dom.js';

const maxBodyBytes = 4000;  // the same limit as on the server
const warnBelowBytes = 400;

export class Composer {
  #form = document.querySelector('#composer');
  #draft = document.querySelector('#draft');
  #note = document.querySelector('#draft-note');
  #send = document.querySelector('#send');
  #room = null;

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#draft.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#draft.addEventListener('input', () => {
      this.#room.draft = this.#draft.value;
      this.#room.typed(this.#text === '');
      this.#refresh();
    });
  }

  show(room) {
    if (room !== this.#room) {
      this.#room = room;
      this.#draft.value = room.draft;
      this.#draft.placeholder = `Message #${room.name}`;
    }
    this.#refresh();
  }

  focus() {
    this.#draft.focus();
  }

  get #text() {
    return this.#draft.value.trim();
  }

  #submit() {
    if (this.#send.disabled) return;
    const body = this.#text;
    this.#draft.value = this.#room.draft = '';
    this.#room.say(body);
    this.#draft.focus();
  }

  #refresh() {
    const left = maxBodyBytes - bytesIn(this.#text);
    this.#send.disabled = this.#text === '' || left < 0 || this.#room.isFull || this.#room.status === 'barred';
    this.#note.textContent = this.#room.isFull ? 'Too much waits to be sent already.' :
        left < 0                               ? `${-left} too long` :
        left < warnBelowBytes                  ? `${left} left` :
                                                 '';
    this.#draft.style.height = 'auto';
    this.#draft.style.height = `${this.#draft.scrollHeight}px`;
  }
}

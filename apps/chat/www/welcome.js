// Asks for a name.
import {bytesIn} from './dom.js';
import {avatar, cleaned} from './names.js';

const maxNameBytes = 40;  // the same limit as on the server

const dialog = document.querySelector('#welcome');
const input = document.querySelector('#name');
const cancel = document.querySelector('#welcome-cancel');
const picture = document.querySelector('#welcome-avatar');

function check() {
  const name = cleaned(input.value);
  const isTooLong = bytesIn(name) > maxNameBytes;
  input.setCustomValidity(name === '' ? 'A name, please.' : isTooLong ? 'That name is too long.' : '');
  picture.replaceChildren(avatar(name || '?'));
}

/** @returns {Promise<string|null>} the name, or null if `current` stays; without a current name it cannot be cancelled */
export function askForName(current) {
  input.value = current ?? '';
  cancel.hidden = current === null;
  check();
  dialog.returnValue = '';
  dialog.showModal();
  input.select();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      const name = cleaned(input.value);
      resolve(dialog.returnValue === 'enter' && name !== current ? name : null);
    }, {once: true});
  });
}

input.addEventListener('input', check);
cancel.addEventListener('click', () => dialog.close());
dialog.addEventListener('cancel', (event) => {
  if (cancel.hidden) event.preventDefault();
});
dialog.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  dialog.close('enter');
});

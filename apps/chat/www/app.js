// The chat's page: puts its parts together.
import {Banner} from './banner.js';
import {Composer} from './composer.js';
import {Connection} from './connection.js';
import {Conversation} from './conversation.js';
import {bytesIn} from './dom.js';
import {cleaned} from './names.js';
import {showMe, showPeople, showRooms, showTyping} from './panels.js';
import {Presence} from './phoenix/phoenix.mjs';
import {Room} from './room.js';
import {askForName} from './welcome.js';

const maxRoomBytes = 40;  // the same limit as on the server
const firstRoom = 'lobby';

// -- data that is kept between visits --------------------------------------------------------------------------------

const saved = {
  read(key, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(`bennu-chat/${key}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(`bennu-chat/${key}`, JSON.stringify(value));
    } catch {
      // Without storage, the page asks for it at each visit.
    }
  },
};

let myName = cleaned(saved.read('name', '')) || null;
myName ??= await askForName(null);
saved.write('name', myName);

// -- the parts -------------------------------------------------------------------------------------------------------

const rooms = new Map();
let shown = null;
let listed = new Map();  // name of a room -> number of people

const connection = new Connection(() => ({name: myName}), render);
const banner = new Banner(() => connection.retry());
const conversation = new Conversation();
const composer = new Composer();

let isRenderDue = false;

/** Updates the page, once for all changes of a moment. */
function render() {
  if (isRenderDue) return;
  isRenderDue = true;
  queueMicrotask(() => {
    isRenderDue = false;
    const isConnected = connection.state === 'open';
    for (const room of rooms.values()) room.isWatched = room === shown && document.visibilityState === 'visible';
    if (shown.isWatched) shown.unread = 0;
    banner.show(connection, shown);
    conversation.show(shown);
    composer.show(shown);
    showRooms(rooms, shown, listed, {open: openRoom, leave: leaveRoom});
    showPeople(shown, isConnected);
    showTyping(shown);
    showMe(myName, isConnected);
  });
}

// -- rooms -----------------------------------------------------------------------------------------------------------

/** A room's name as it is written here: "Tea House" is #tea-house. */
function roomNameOf(text) {
  return cleaned(text).replace(/^[#\s]+/, '').toLowerCase().replace(/\s+/g, '-');
}

function openRoom(name) {
  if (!rooms.has(name)) rooms.set(name, new Room(connection.socket, name, () => myName, render));
  shown = rooms.get(name);
  saved.write('rooms', [...rooms.keys()]);
  history.replaceState(null, '', `#${encodeURIComponent(name)}`);
  closePanels();
  if (matchMedia('(hover: hover)').matches) composer.focus();
  render();
}

function leaveRoom(name) {
  const names = [...rooms.keys()];
  const at = names.indexOf(name);
  rooms.get(name).leave();
  rooms.delete(name);
  openRoom(shown.name === name ? names[at - 1] ?? names[at + 1] : shown.name);
}

function step(by) {
  const names = [...rooms.keys()];
  openRoom(names[(names.indexOf(shown.name) + by + names.length) % names.length]);
}

function roomInAddress() {
  try {
    return roomNameOf(decodeURIComponent(location.hash));
  } catch {
    return '';
  }
}

const directory = connection.socket.channel('rooms');
const presentInRooms = new Presence(directory);
presentInRooms.onSync(() => {
  listed = new Map(presentInRooms.list((room, {metas}) => [room, new Set(metas.map(({name}) => name)).size]));
  render();
});
directory.join();

// -- actions of the user ---------------------------------------------------------------------------------------------

function closePanels() {
  for (const panel of document.querySelectorAll('[popover]:popover-open')) panel.hidePopover();
}

document.querySelector('#open-room').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = roomNameOf(event.target.room.value);
  if (name === '') return;
  event.target.reset();
  openRoom(name);
});
document.querySelector('#open-room').room.addEventListener('input', ({target}) => {
  target.setCustomValidity(bytesIn(roomNameOf(target.value)) > maxRoomBytes ? 'That name is too long.' : '');
});

document.querySelector('#me').addEventListener('click', async () => {
  closePanels();
  const name = await askForName(myName);
  if (name === null) return;
  myName = name;
  saved.write('name', name);
  connection.reopen();
  render();
});

document.addEventListener('keydown', (event) => {
  if (document.querySelector('dialog[open]')) return;
  if (event.altKey && event.key === 'ArrowUp') step(-1);
  else if (event.altKey && event.key === 'ArrowDown') step(1);
  else if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
    if (!matchMedia('(min-width: 760px)').matches) document.querySelector('#rooms-panel').showPopover();
    document.querySelector('#open-room').room.focus();
  } else if (event.key === 'Escape' && !document.querySelector(':popover-open')) composer.focus();
  else return;
  event.preventDefault();
});

addEventListener('hashchange', () => roomInAddress() && openRoom(roomInAddress()));
document.addEventListener('visibilitychange', render);
matchMedia('(min-width: 760px)').addEventListener('change', closePanels);
matchMedia('(min-width: 1100px)').addEventListener('change', closePanels);

// -- begin -----------------------------------------------------------------------------------------------------------

for (const name of saved.read('rooms', [])) openRoom(name);
openRoom(roomInAddress() || [...rooms.keys()][0] || firstRoom);
connection.open();

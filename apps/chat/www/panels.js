// The parts around the conversation: the rooms, the people, the title, and the line about typing.
import {el, update} from './dom.js';
import {avatar, coloured} from './names.js';

const $ = (selector) => document.querySelector(selector);

function roomItem({name, people, unread, isOwn, isShown, isOnly, actions}) {
  const label = `#${name}${unread ? `, ${unread} unread` : ''}${people === null ? '' : `, ${people} here`}`;
  return el('li', {class: isShown ? 'room shown' : 'room'},
            el('button', {type: 'button', class: 'open', 'aria-label': label, 'aria-current': isShown && 'page',
                          onclick: () => actions.open(name)},
               el('span', {class: 'hash', 'aria-hidden': 'true'}, '#'), el('span', {class: 'room-name'}, name),
               unread > 0 ? el('span', {class: 'badge'}, String(unread)) :
                            el('span', {class: 'count', title: 'people there'}, people === null ? '' : String(people))),
            isOwn && !isOnly && el('button', {type: 'button', class: 'leave', 'aria-label': `Leave #${name}`,
                                              title: 'Leave', onclick: () => actions.leave(name)}, '×'));
}

/** @param listed {Map<string, number>} the number of people in each room of the server */
export function showRooms(rooms, shown, listed, actions) {
  const item = (data) => {
    const {actions: _, ...seen} = data;
    return {...data, key: data.name, sign: JSON.stringify(seen)};
  };
  const own = [...rooms.values()].map((room) => item({
    name: room.name, people: listed.get(room.name) ?? null, unread: room.unread, isOwn: true, isShown: room === shown,
    isOnly: rooms.size === 1, actions,
  }));
  const others = [...listed].filter(([name]) => !rooms.has(name));
  update($('#own-rooms'), own, roomItem);
  update($('#other-rooms'), others.map(([name, people]) => item({name, people, unread: 0, actions})), roomItem);
  $('#other-rooms-title').hidden = others.length === 0;

  const elsewhere = [...rooms.values()].reduce((sum, room) => sum + (room === shown ? 0 : room.unread), 0);
  $('#unread-elsewhere').hidden = elsewhere === 0;
  $('#unread-elsewhere').textContent = elsewhere;
  const all = elsewhere + shown.unread;
  document.title = `${all > 0 ? `(${all}) ` : ''}#${shown.name} · Bennu chat`;
}

const maxFaces = 3;  // beside the title, if there is no room for the list

function personItem({name, hint, isTyping}) {
  return el('li', {class: isTyping ? 'is-typing' : ''}, avatar(name),
            el('div', {class: 'who-is-it'}, coloured(el('span', {class: 'name'}, name), name),
               hint && el('span', {class: 'hint'}, hint)),
            isTyping && el('span', {class: 'dots', role: 'img', 'aria-label': 'is typing', title: 'is typing'},
                           el('i'), el('i'), el('i')));
}

export function showPeople(room, isConnected) {
  const me = room.myName();
  const count = room.people.length;
  const isCurrent = isConnected && room.status === 'in';
  $('#room-name').textContent = `#${room.name}`;
  const summary = count === 1 ? 'only you are here' : `${count} people here`;
  $('#room-summary').textContent = isCurrent ? summary : 'not connected';
  $('#people-title').textContent = `${isCurrent ? 'Here now' : 'Here before the interruption'}: ${count}`;
  $('#people-panel').classList.toggle('stale', !isCurrent);
  const sorted = room.people.toSorted((a, b) => (b.name === me) - (a.name === me) || a.name.localeCompare(b.name));
  const items = sorted.map(({name, windows, isTyping}) => {
    const hint = [name === me && 'you', windows > 1 && `${windows} windows`].filter(Boolean).join(', ');
    return {key: name, sign: JSON.stringify([hint, isTyping]), name, hint, isTyping: isTyping && name !== me};
  });
  update($('#people'), items, personItem);
  $('#who').setAttribute('aria-label', `Who is here: ${count}`);
  const shown = sorted.slice(0, count > maxFaces ? maxFaces - 1 : maxFaces).map(({name}) => ({key: name, sign: '', name}));
  const others = count - shown.length;
  if (others > 0) shown.push({key: '', sign: String(others)});
  update($('#who'), shown, ({name}) => name === undefined ? el('span', {class: 'more'}, `+${others}`) : avatar(name));
}

export function showMe(name, isConnected) {
  const sign = JSON.stringify([name, isConnected]);
  update($('#me'), [{key: 'me', sign}], () =>
      el('span', {class: 'me-inside'}, avatar(name), coloured(el('span', {class: 'name'}, name), name),
         el('span', {class: isConnected ? 'dot on' : 'dot', title: isConnected ? 'connected' : 'not connected'}),
         el('span', {class: 'hint'}, 'change name')));
}

export function showTyping(room) {
  const names = room.typing;
  const text = names.length === 0 ? '' :
      names.length === 1          ? `${names[0]} is typing` :
      names.length === 2          ? `${names[0]} and ${names[1]} are typing` :
                                    'Several people are typing';
  update($('#typing'), text ? [{key: text, sign: ''}] : [], () =>
      el('span', {}, text, el('span', {class: 'dots', 'aria-hidden': 'true'}, el('i'), el('i'), el('i'))));
}

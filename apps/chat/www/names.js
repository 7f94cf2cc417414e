// Names and how they look: each has a colour of its own, the same on every page.
import {el} from './dom.js';

/**
 * A name without invisible characters, without characters that change the direction of others, and with single spaces
 * between its words only; as the server does it.
 */
export function cleaned(name) {
  const invisible = /[\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u0080-\u009F\uFFF9-\uFFFB]/gu;
  return name.replace(invisible, '').replace(/[\s\u2800]+/g, ' ').trim();
}

/** A hue in degrees. The hash (FNV-1a, stirred at its end) sets names far apart that differ by a letter. */
export function hueOf(name) {
  let hash = 2166136261;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  hash ^= hash >>> 13;
  return (hash >>> 0) % 360;
}

/** The letter for the circle of a name: its first character, as people count characters. */
function initialOf(name) {
  const [first] = new Intl.Segmenter().segment(name);
  return (first?.segment ?? '?').toLocaleUpperCase();
}

/** Colours an element and its content by a name. */
export function coloured(node, name) {
  node.style.setProperty('--hue', hueOf(name));
  return node;
}

export function avatar(name) {
  return coloured(el('span', {class: 'avatar', 'aria-hidden': 'true'}, initialOf(name)), name);
}

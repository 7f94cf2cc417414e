// Building and updating the page. Text becomes text nodes and nothing else: no string here is ever read as markup.

/**
 * An element: `el('button', {class: 'quiet', onclick: retry}, 'Try again')`. Properties and children that are false or
 * null are left out.
 */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== false && child !== null && child !== undefined));
  return node;
}

const nodesOf = new WeakMap();

/**
 * Makes the children of `parent` those of `items`, in their order. A child stays as it is while its item's `sign` does,
 * so that selection, focus and screen readers are not disturbed.
 *
 * @param items {{key: string, sign: string}[]} keys are unique
 * @param build makes the element of an item
 */
export function update(parent, items, build) {
  const old = nodesOf.get(parent) ?? new Map();
  const now = new Map();
  let next = parent.firstChild;
  for (const item of items) {
    const known = old.get(item.key);
    old.delete(item.key);
    let node = known?.node;
    if (known?.sign !== item.sign) {
      node = build(item);
      if (known) {
        if (next === known.node) next = next.nextSibling;
        known.node.remove();
      }
    }
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
    now.set(item.key, {node, sign: item.sign});
  }
  for (const {node} of old.values()) node.remove();
  nodesOf.set(parent, now);
}

const link = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]'’”]/g;

/** A text with its web addresses as links. */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(link)) {
    parts.push(text.slice(end, match.index));
    parts.push(el('a', {href: match[0], target: '_blank', rel: 'noopener noreferrer'}, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

/** The bytes of a text in UTF-8, as the server counts them. */
export function bytesIn(text) {
  return new TextEncoder().encode(text).length;
}

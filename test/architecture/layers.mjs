// The rules of includes. Pure functions over a map from a file's path (from the project's top) to its text.
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path/posix';

import {circles} from './circles.mjs';

const mayInclude = {
  runtime: ['runtime'],
  pubsub: ['runtime', 'pubsub'],
  transport: ['runtime', 'transport'],
  channels: ['runtime', 'pubsub', 'transport', 'channels'],
  apps: ['runtime', 'pubsub', 'transport', 'channels'],
};

// The files that may include a library, by their paths from the project's top.
const librariesKeptIn = {
  boost: /^transport\/(.*\.cpp|(.*\/)?internal\/.*)$/,
  rapidjson: /^runtime\/json_parse\.cpp$/,
  'caf/io': /^pubsub\/remote_actors\/(.*\.cpp|(.*\/)?internal\/.*)$/,
  openssl: /^(runtime\/tls\/.*|.*\.cpp|(.*\/)?internal\/.*|apps\/.*)$/,
  curl: /^channels\/jwt\/(.*\.cpp|internal\/.*)$/,
  'toml++': /^channels\/internal\/config_file\.cpp$/,
  hiredis: /^pubsub\/redis_adapter\/(.*\.cpp|(.*\/)?internal\/.*)$/,
};

// The test kit replaces the network. For long polling it replaces only the HTTP requests; the code that answers them is
// that of production.
const kitOfLongPolls = /^channels\/testing\/internal\/long_poll_line\.[ch]pp$/;
const behindLongPolls = /^transport\/internal\/long_poll_\w+\.hpp$/;

// The headers of channels/ that are for users of CAF, as their names show.
const cafByName = ['channels/caf.hpp', 'channels/typed_channel.hpp'];

// A separate mutex guards data that can be accessed without it: use guarded<T> (runtime/guarded.hpp). The exceptions,
// each with its reason.
const mutexesOfTheirOwn = new Map([
  ['runtime/guarded.hpp', 'is the place for them'],
]);

const ownMutex = /(?<!#include <)\b(\w+_)?mutex(_t)?\b/;

// CAF's internals, which change without notice. A file that opens the namespace `caf` could name them by half.
const insideCaf = /\bcaf::detail\b|<caf\/detail\/|\busing\s+namespace\s+caf\b|\bnamespace\s+\w+\s*=\s*caf\b/;

const layerOf = (path) => path.split('/', 1)[0];
const isInternal = (path) => path.split('/').includes('internal');
const isPublicHeader = (path) => layerOf(path) !== 'apps' && path.endsWith('.hpp') && !isInternal(path);

/** Reads the sources below `root`, those of the tests apart: a test may reach everything. */
export function readTree(root) {
  const tree = new Map();
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), {withFileTypes: true})) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== 'node_modules') walk(path);
      if (/\.[ch]pp$/.test(entry.name)) tree.set(path, readFileSync(join(root, path), 'utf8'));
    }
  };
  Object.keys(mayInclude).forEach(walk);
  return tree;
}

/** The includes of one source: lines, quotes and names. */
function includesOf(text) {
  return text.split('\n').flatMap((line, i) => {
    const match = /^\s*#\s*include\s*([<"])([^>"]+)[>"]/.exec(line);
    return match ? [{line: i + 1, quoted: match[1] === '"', name: match[2]}] : [];
  });
}

/** The file of the tree that an include means, or null if it is a file of another library. */
function fileMeant(path, {quoted, name}) {
  if (quoted) return normalize(join(dirname(path), name));
  return name.startsWith('bennu/') ? normalize(name.slice('bennu/'.length)) : null;
}

/** The faults of one include, as sentences. */
function faults(path, include) {
  const found = [];
  const layer = layerOf(path);

  for (const [library, allowed] of Object.entries(librariesKeptIn)) {
    if (include.name.startsWith(`${library}/`) && !allowed.test(path)) found.push(`${library} must not be seen here`);
  }

  const target = fileMeant(path, include);
  if (target === null) return found;
  const inSameApp = layer === 'apps' && include.quoted && layerOf(target) === 'apps';
  if (include.quoted && !inSameApp) found.push('a header of a layer is included as <bennu/layer/file.hpp>');
  if (!inSameApp && !mayInclude[layer].includes(layerOf(target))) {
    found.push(`${layer} must not know ${layerOf(target)}`);
  }
  const inKit = kitOfLongPolls.test(path) && behindLongPolls.test(target);
  if (isInternal(target) && layerOf(target) !== layer && !inKit) found.push(`an internal header is for ${layerOf(target)} alone`);
  if (isInternal(target) && isPublicHeader(path)) found.push('a public header must not include an internal one');
  return found;
}

/** The chain of includes from a header to a header of CAF, as a list of paths, or null if there is none. */
function wayToCaf(tree, start) {
  const ways = [[start]];
  const seen = new Set([start]);
  for (const way of ways) {
    const path = way.at(-1);
    for (const include of includesOf(tree.get(path) ?? '')) {
      if (layerOf(include.name) === 'caf') return [...way, include.name];
      const next = fileMeant(path, include);
      if (next === null || seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return null;
}

/** Types that two headers define under one name. Object files would disagree about them, and no compiler reports it. */
function typesDefinedTwice(tree) {
  const found = [];
  const first = new Map();
  for (const [path, text] of tree) {
    if (layerOf(path) === 'apps' || !path.endsWith('.hpp')) continue;
    const space = /^namespace ([\w:]+) \{/m.exec(text)?.[1] ?? '';
    for (const [, name] of text.matchAll(/^(?:class|struct|enum class) (\w+)\b(?!::)[^;{(<]*\{/gm)) {
      const full = `${space}::${name}`;
      if (first.has(full) && first.get(full) !== path) found.push(`${path}: ${full}: ${first.get(full)} defines it too`);
      first.set(full, path);
    }
  }
  return found;
}

/** Lines of code, without comments, that use something that only a few files may use. */
function namesKeptAway(path, text) {
  const rules = [
    [ownMutex, mutexesOfTheirOwn, 'a mutex of its own guards nothing: use guarded<T>'],
    [insideCaf, new Map(), "caf::detail is CAF's own"],
  ];
  return text.split('\n').flatMap((line, i) => {
    const code = line.replace(/\/\/.*$/, '').replace(/^\s*\*.*$/, '').replace(/guarded<[^;]*>/g, '');
    return rules
      .filter(([pattern, exceptions]) => pattern.test(code) && !exceptions.has(path))
      .map(([, , fault]) => `${path}:${i + 1}: ${fault}`);
  });
}

/** The groups of units that include each other: neither can be read, or used, without the other. */
function circlesOf(tree) {
  return circles(new Map([...tree].map(([path, text]) =>
    [path, includesOf(text).map((include) => fileMeant(path, include)).filter((target) => tree.has(target))])));
}

/** Exceptions from the rules above that no file of the tree needs any more. */
export function exceptionsWithoutNeed(tree) {
  const isNeeded = (path, pattern) => pattern.test(tree.get(path) ?? '');
  return [
    ...[...mutexesOfTheirOwn.keys()].filter((path) => !isNeeded(path, ownMutex)),
  ];
}

/** Every breach of the rules in a tree, one sentence each, the file first. */
export function breaches(tree) {
  const found = typesDefinedTwice(tree);
  for (const group of circlesOf(tree)) found.push(`${group.join(', ')}: units must not include each other`);
  for (const [path, text] of tree) {
    for (const include of includesOf(text)) {
      for (const fault of faults(path, include)) found.push(`${path}:${include.line}: ${include.name}: ${fault}`);
    }
    found.push(...namesKeptAway(path, text));
    if (layerOf(path) === 'channels' && isPublicHeader(path) && !cafByName.includes(path)) {
      const way = wayToCaf(tree, path);
      if (way) found.push(`${path}: CAF must not be seen here, but ${way.join(' -> ')}`);
    }
  }
  return found;
}

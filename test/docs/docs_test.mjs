import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';

import {blocksOf, filesOf, pagesOf} from './extract.mjs';

const project = fileURLToPath(new URL('../..', import.meta.url));
const read = (path) => readFileSync(join(project, path), 'utf8');

// -- the text of the pages ------------------------------------------------------------------------------------------------

/** A page's text without its code. */
const proseOf = (page) => read(page).replace(/^```[^]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');

/** The anchors that GitHub gives a page's headings. */
const anchorsOf = (page) => [...read(page).replace(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
  heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));

test('every link within the project leads somewhere', () => {
  const broken = [];
  for (const page of pagesOf(project)) {
    for (const [, target] of proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(target)) continue;
      const [path, anchor] = target.split('#');
      const meant = path === '' ? page : join(dirname(page), path);
      const leads = existsSync(join(project, meant)) && (!anchor || anchorsOf(meant).includes(anchor));
      if (!leads) broken.push(`${page}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('every row of a table is one line', () => {
  const broken = pagesOf(project).flatMap((page) => {
    const lines = read(page).replace(/^```[^]*?^```$/gm, '').split('\n');
    return lines.filter((line, i) => i > 0 && lines[i - 1].startsWith('|') && line !== '' && !line.startsWith('|'))
      .map((line) => `${page}: ${line}`);
  });
  assert.deepEqual(broken, []);
});

/** The first cells of all rows of a page's tables that hold code, with the row's other cells. */
const rowsOf = (page) => new Map([...read(page).matchAll(/^\| `([^`]+)`[^|]*\|(.*)\|$/gm)].map(([, name, rest]) => [
  name, rest.split('|').map((cell) => cell.trim()),
]));

test('the reference names every limit, with its default', () => {
  const product = (text) => text.replaceAll("'", '').split('*').reduce((all, factor) => all * Number(factor), 1);
  const inCode = [...read('runtime/limits.hpp').matchAll(/^ +std::\S+ (\w+)\s?(?:= (.+)|\{(.+)\});$/gm)]
    .map(([, name, assigned, braced]) => [name, product(assigned ?? braced)]);
  const inPage = [...rowsOf('docs/reference/limits.md')].map(([name, [value]]) => [name, Number(value.match(/^[\d,]+/)?.[0].replaceAll(',', ''))]);
  assert.ok(inCode.length > 20, 'the limits were found');
  assert.deepEqual(inPage, inCode);
});

test('every limit is described for the options, in the order of its declaration', () => {
  const inCode = [...read('runtime/limits.hpp').matchAll(/^ +std::\S+ (\w+)\s?(?:= .+|\{.+\});$/gm)].map(([, name]) => name);
  const described = [...read('runtime/limit_info.cpp').matchAll(/\{"(\w+)", &limits::(\w+),/g)];
  assert.deepEqual(described.map(([, name]) => name), inCode);
  assert.deepEqual(described.map(([, , member]) => member), inCode);
});

test('the reference names for every limit the metric that tells when it was reached', () => {
  const ofNodes = [...read('pubsub/node_metrics.cpp').matchAll(/"(bennu_node_\w+)"/g)].map(([, name]) => name);
  const metrics = new Set([...valuesOf('runtime/metrics.hpp', 'metric'), ...ofNodes]);
  // These are reached before the first request for metrics, or after the last.
  const logged = ['node_join_timeout', 'node_leave_timeout', 'loop_stall_timeout', 'shutdown_timeout'];
  // These delay or split something, and refuse nothing.
  const uncounted = ['max_poll_answer_bytes', 'event_stream_comment_interval', 'shutdown_delay'];
  let above = [];
  const without = [...rowsOf('docs/reference/limits.md')].filter(([limit, cells]) => {
    const counted = cells.at(-1);
    if (counted !== 'the same') above = [...counted.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    const isNamed = above.length > 0 && above.every((name) => metrics.has(name));
    if (uncounted.includes(limit)) return !counted.includes('not counted');
    return logged.includes(limit) ? !counted.includes('logged') : !isNamed;
  });
  assert.deepEqual(without, []);
});

test('the reference names every metric, with its name for Prometheus', () => {
  const names = [...read('runtime/metrics.cpp').matchAll(/\{"(bennu_\w+)",/g)].map(([, name]) => `\`${name}\``);
  const values = valuesOf('runtime/metrics.hpp', 'metric');
  assert.ok(values.length > 10 && values.length === names.length, 'the metrics were found');
  assert.deepEqual([...rowsOf('docs/reference/metrics.md')].map(([value, [name]]) => [value, name]),
    values.map((value, i) => [value, names[i]]));
});

const valuesOf = (header, name) => [...read(header).match(new RegExp(`enum class ${name}[^{]*\\{([^}]*)\\}`))[1]
  .replace(/\/\/.*/g, '').matchAll(/(\w+)(?: = \d+)?,?/g)].map(([, value]) => value).filter((value) => /^[a-z]/.test(value));

test('the reference names every way in which a channel or a connection ends', () => {
  const rows = rowsOf('docs/reference/endings.md');
  for (const value of valuesOf('runtime/exit_reason.hpp', 'kind')) assert.ok(rows.has(value), `exit reason ${value}`);
  for (const value of valuesOf('transport/close_code.hpp', 'close_code')) assert.ok(rows.has(value), `close code ${value}`);
});

/** The names of a class's public and protected members. */
function membersOf(header, className) {
  const text = read(header).replace(/\/\/.*/g, '');
  const body = text.slice(text.search(new RegExp(`^(class|struct) ${className}\\b[^;]*\\{`, 'm')));
  const shown = body.slice(0, body.search(/^\};/m)).split(/^private:/m)[0];
  return new Set([...shown.matchAll(/^  (?!return|friend|using)(?:[\w:<>,&*]+ )+[*&]?(\w+)(?=\(| =|;|\{)/gm)].map(([, name]) => name));
}

test('the reference names every member of the classes that programs use', () => {
  const classes = [
    ['channel.md', 'channels/channel.hpp', 'channel'], ['channel.md', 'channels/handlers.hpp', 'handlers'],
    ['socket.md', 'channels/user_socket.hpp', 'user_socket'], ['socket.md', 'transport/socket_route.hpp', 'socket_options'],
    ['socket.md', 'transport/connect_info.hpp', 'connect_info'], ['socket.md', 'transport/check_origin.hpp', 'origin_check'],
    ['endpoint.md', 'channels/endpoint.hpp', 'endpoint'], ['endpoint.md', 'channels/config.hpp', 'config'],
    ['endpoint.md', 'pubsub/pubsub.hpp', 'pubsub'], ['values.md', 'channels/assigns.hpp', 'assigns'],
    ['presence.md', 'channels/presence.hpp', 'presence'], ['presence.md', 'channels/presence.hpp', 'presence_options'],
    ['presence.md', 'channels/presence_channel.hpp', 'presence_channel'],
  ];
  const missing = classes.flatMap(([page, header, name]) => {
    const names = [...membersOf(header, name)];
    assert.ok(names.length > 1, `members of ${name} were found`);
    const text = read(join('docs/reference', page));
    return names.filter((member) => !new RegExp(`\`[^\`]*\\b${member}\\b`).test(text)).map((member) => `${page}: ${name}::${member}`);
  });
  assert.deepEqual(missing, []);
});

// -- the code of the pages ---------------------------------------------------------------------------------------

const page = (...lines) => lines.join('\n');

test('a block is compiled as it stands, and knows its place in the page', () => {
  assert.deepEqual(filesOf('a.md', page('Text.', '```cpp', 'int a;', '', 'int b;', '```', '```js', 'let a;', '```')),
                   [['block_1.cpp', '#line 3 "a.md"\nint a;\n\nint b;\n']]);
});

test('a preamble goes before its block, or around it', () => {
  assert.deepEqual(filesOf('a.md', page('<!-- preamble', 'int a;', '-->', '```cpp', 'int b = a;', '```', '```cpp', 'int c;', '```')), [
    ['block_1.cpp', '#line 2 "a.md"\nint a;\n#line 5 "a.md"\nint b = a;\n'],
    ['block_2.cpp', '#line 8 "a.md"\nint c;\n'],
  ]);
  assert.deepEqual(filesOf('a.md', page('<!-- preamble', 'void f() {', '...', '}', '-->', '```cpp', '  g();', '```')),
                   [['block_1.cpp', '#line 2 "a.md"\nvoid f() {\n#line 7 "a.md"\n  g();\n#line 4 "a.md"\n}\n']]);
});

test('a named block can be included by others, and must be', () => {
  const header = ['```cpp a.hpp', 'int a;', '```'];
  const files = filesOf('a.md', page(...header, '```cpp a_test.cpp', '#include "a.hpp"', '```'));
  assert.deepEqual(files.map(([name]) => name), ['a.hpp', 'a_test.cpp']);
  assert.throws(() => filesOf('a.md', page(...header)), /no block includes a\.hpp/);
  assert.throws(() => filesOf('a.md', page(...header, ...header)), /two blocks are named a\.hpp/);
});

test('a block that is not closed is an error', () => {
  assert.throws(() => blocksOf(page('```cpp', 'int a;')), /not closed/);
  assert.throws(() => blocksOf(page('<!-- preamble', 'int a;')), /not closed/);
});

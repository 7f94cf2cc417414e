import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import SwaggerParser from '@apidevtools/swagger-parser';

import {startServer} from './server.mjs';

let server, document;
before(async () => {
  server = await startServer();
  document = await (await fetch(`${server.api}/openapi.json`)).json();
});
after(() => server.stop());

test('the description is valid OpenAPI 3.1', async () => {
  assert.equal(document.openapi, '3.1.0');
  await SwaggerParser.validate(structuredClone(document));
});

const operations = () => Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({path, method, operation})));

test('every operation has a name of its own, and its path parameters are those of its path', () => {
  const names = operations().map(({operation}) => operation.operationId);
  assert.equal(new Set(names).size, names.length);
  for (const {path, operation} of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assert.deepEqual(operation.parameters.filter((one) => one.in === 'path').map(({name}) => name), inPath, path);
  }
});

test('every call that is described is there, and wants a key', async () => {
  assert.equal(operations().length, 9);
  for (const {path, method} of operations()) {
    const url = server.api + path.replaceAll(/\{\w+\}/g, 'x');
    assert.equal((await fetch(url, {method: method.toUpperCase()})).status, 401, `${method} ${path}`);
  }
});

test('answers have the members that are described', async () => {
  for (const [path, members] of [['/v1/topics', ['topics', 'cursor']], ['/v1/sockets', ['sockets', 'cursor']], ['/v1/nodes', ['nodes']]]) {
    const schema = document.paths[path].get.responses['200'].content['application/json'].schema;
    const answer = await (await fetch(server.api + path, {headers: {authorization: `Bearer ${server.secret}`}})).json();
    assert.deepEqual(Object.keys(answer), members);
    for (const name of Object.keys(answer)) assert.ok(schema.properties[name], `${path}: ${name}`);
  }
  const [node] = (await (await fetch(`${server.api}/v1/nodes`, {headers: {authorization: `Bearer ${server.secret}`}})).json()).nodes;
  const schema = document.paths['/v1/nodes'].get.responses['200'].content['application/json'].schema;
  assert.deepEqual(Object.keys(node), schema.properties.nodes.items.required);
});

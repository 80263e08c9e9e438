// Node, as bench/compare runs it: node server.js http|echo|websocket PORT
'use strict';

const http = require('node:http');
const net = require('node:net');

function text(response, content) {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': content.length });
  response.end(content);
}

const services = {
  http() {
    const server = http.createServer((request, response) => {
      if (request.url === '/discard') {
        let length = 0;
        request.on('data', (piece) => { length += piece.length; });
        request.on('end', () => text(response, String(length)));
      } else {
        text(response, 'Hello, World!');
      }
    });
    server.keepAliveTimeout = 60_000;
    return server;
  },

  echo: () => net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (piece) => { if (!socket.write(piece)) socket.pause(); });
    socket.on('drain', () => socket.resume());
    socket.on('error', () => socket.destroy());
  }),

  websocket() {
    // From npm, where bench/comparison/needs.py put it: NODE_PATH says where.
    const { WebSocketServer } = require('ws');
    const server = http.createServer();
    new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
      socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
    });
    return server;
  },
};

const [, , service, port] = process.argv;
if (!(service in services)) {
  console.error('usage: node server.js http|echo|websocket PORT');
  process.exit(2);
}
services[service]().listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 });

// SPDX-License-Identifier: MIT
// A server on a unix socket that keeps the latest 500 buffers; GET /quit ends it.
const http = require('http');
const kept = [];
http.createServer((request, response) => {
	kept.push(Buffer.alloc(2000));
	if (kept.length > 500)
		kept.shift();
	response.end('hello ' + 'x'.repeat(1000));
	if (request.url === '/quit')
		setTimeout(() => process.exit(0), 50);
}).listen(process.argv[2]);

// SPDX-License-Identifier: MIT
// Buffers outside the JavaScript heap, zlib, and a worker that sends one back.
'use strict';
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const crypto = require('crypto');
const zlib = require('zlib');

function work(rounds) {
	const hash = crypto.createHash('sha256');
	const kept = [];
	for (let i = 0; i < rounds; i++) {
		const b = Buffer.alloc(1024 + (i % 64) * 512, i & 255);
		kept[i % 32] = b;
		if (i % 8 === 0)
			hash.update(zlib.inflateSync(zlib.deflateSync(b)));
	}
	return hash.digest('hex');
}

if (isMainThread) {
	const worker = new Worker(__filename, { workerData: 600 });
	worker.on('message', (m) => console.log('worker', m.digest, Buffer.from(m.bytes).length));
	worker.on('exit', (code) => {
		console.log('main', work(800), 'worker left with', code);
		process.exitCode = 5;
	});
} else {
	const bytes = new Uint8Array(65536).fill(7).buffer;
	parentPort.postMessage({ digest: work(workerData), bytes }, [bytes]);
}

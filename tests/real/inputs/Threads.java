// SPDX-License-Identifier: MIT
// Threads, direct buffers (malloc blocks of the JVM) and java.util.zip's native state.
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

public class Threads {
	static final AtomicLong sum = new AtomicLong();

	static void work(int seed) {
		List<ByteBuffer> kept = new ArrayList<>();
		byte[] out = new byte[4096];
		for (int i = 0; i < 200; i++) {
			ByteBuffer b = ByteBuffer.allocateDirect(256 + (i % 16) * 256);
			while (b.remaining() >= 4)
				b.putInt(seed * 31 + i);
			b.flip();
			CRC32 crc = new CRC32();
			crc.update(b);
			sum.addAndGet(crc.getValue());
			kept.add(b);
			if (i % 20 == 0) {
				Deflater d = new Deflater();
				d.setInput(new byte[2048]);
				d.finish();
				sum.addAndGet(d.deflate(out));
				d.end();
			}
		}
		sum.addAndGet(kept.size());
	}

	public static void main(String[] args) throws Exception {
		Thread[] all = new Thread[6];
		for (int i = 0; i < all.length; i++) {
			int seed = i;
			all[i] = new Thread(() -> work(seed), "worker-" + i);
			all[i].start();
		}
		for (Thread t : all)
			t.join();
		System.out.println("sum " + sum.get());
		System.exit(4);
	}
}

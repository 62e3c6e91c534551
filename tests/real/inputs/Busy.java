// SPDX-License-Identifier: MIT
import java.util.HashMap;
import java.util.Map;

/** Six threads that allocate until the process is told to end. */
class Busy {
    static void work(int number) {
        Map<String, byte[]> kept = new HashMap<>();
        for (long i = 0;; i++) {
            kept.put("key" + i % 1000, new byte[100]);
            try {
                Thread.sleep(number % 2);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    public static void main(String[] arguments) {
        for (int i = 0; i < 6; i++) {
            final int number = i;
            new Thread(() -> work(number)).start();
        }
    }
}

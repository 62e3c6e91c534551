/* SPDX-License-Identifier: MIT */
/*
 * What the parent had before the fork is nobody's leak in the child, freed there
 * or not; a child with nothing of its own leaves no recording.
 *
 * children: 1
 * expect: leak parent bytes=100 blocks=10 entries>=1 frames=main:parent
 * expect@child: leak own bytes=77 blocks=1 frames=main:own
 * expect@child: totals allocations=1 frees=0 live_blocks=1
 */
#include "victim.h"
#include <sys/wait.h>

int main(void)
{
	void *blocks[10];
	int status = 0;
	for (int i = 0; i < 10; i++)
		blocks[i] = keep(malloc(10)); /* LEAK:parent */
	for (int child = 0; child < 2; child++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			for (int i = 0; i < 5; i++)
				free(blocks[i]);
			if (child == 1)
				keep(malloc(77)); /* LEAK:own */
			exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	return 0;
}

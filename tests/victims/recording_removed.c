/* SPDX-License-Identifier: MIT */
/*
 * The folder of recordings is emptied while the program runs: it goes on as
 * bare.
 *
 * mode: preload
 * options: report=none
 * recording: cwd
 * variants: gcc:-O2
 * expect: exit=3
 * expect: no-recording
 * expect: stdout="done\n"
 */
#include "victim.h"
#include <dirent.h>

int main(void)
{
	free(keep(malloc(1)));
	DIR *d = opendir(".");
	CHECK(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			CHECK(unlink(e->d_name) == 0);
	closedir(d);
	for (int i = 0; i < 50000; i++)
		keep(malloc(24));
	say("done\n");
	return 3;
}

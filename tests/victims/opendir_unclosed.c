/* SPDX-License-Identifier: MIT */
/*
 * A directory nobody closed, and realpath, getcwd and scandir results.
 *
 * expect: leak directory bytes>=32768 blocks=1 top=.* frames=open_it:directory,main
 * expect: leak real bytes>=2 blocks=1 top=.* frames=open_it:real,main
 * expect: leak cwd bytes>=2 blocks=1 top=.* frames=open_it:cwd,main
 * expect: totals live_blocks=3
 */
#include "victim.h"
#include <dirent.h>

static const char *volatile dir = "/";

static NOINLINE void open_it(void)
{
	CHECK(keep(opendir(dir)));        /* LEAK:directory */
	CHECK(keep(realpath(dir, NULL))); /* LEAK:real */
	CHECK(keep(getcwd(NULL, 0)));     /* LEAK:cwd */
	DIR *d = opendir(dir);
	CHECK(d && readdir(d));
	closedir(d);
}

int main(void)
{
	open_it();
	return 0;
}

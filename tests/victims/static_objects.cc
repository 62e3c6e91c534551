/* SPDX-License-Identifier: MIT */
/*
 * Static objects: made before main, gone after it; what they made and lost
 * stays, also in their destructors.
 *
 * expect: leak before bytes=70 blocks=1 top=operator%new.* frames=early::early:before
 * expect: leak after bytes=80 blocks=1 top=operator%new.* frames=early::~early:after
 */
#include "victim.h"
#include <string>

struct early {
	early() : text(100, 'x') { keep(new char[70]); /* LEAK:before */ }
	~early() { keep(new char[80]); /* LEAK:after */ }
	std::string text;
};

static early object;

int main()
{
	keep(&object);
	return 0;
}

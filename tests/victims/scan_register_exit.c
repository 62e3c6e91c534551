/* SPDX-License-Identifier: MIT */
/*
 * exit() is called with pointers in registers that calls preserve, and nowhere else (x86-64;
 * elsewhere they are on the stack): the caller is alive, and so are its registers.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: exit=5
 * expect: leak held bytes=240 blocks=6 entries>=1 kind=reachable frames=main:held
 */
#include "scan_registers.h"

int main(void)
{
	uint64_t hidden[REGISTERS];
	for (int i = 0; i < REGISTERS; i++)
		hidden[i] = HIDE(malloc(40)); /* LEAK:held */
	wipe();
	hold_and_call(hidden, (any_function)exit, 5, 0, 0, 0);
	return 0;
}

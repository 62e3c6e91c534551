/* SPDX-License-Identifier: MIT */
/* What a program is linked with where there is no leak detector: it finds nothing. */
void __lsan_do_leak_check(void);
int __lsan_do_recoverable_leak_check(void);

void __lsan_do_leak_check(void) {}

int __lsan_do_recoverable_leak_check(void)
{
	return 0;
}

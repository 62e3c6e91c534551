/* SPDX-License-Identifier: MIT */
/*
 * Names with '/' and control characters are escaped, empty ones are "unnamed", wide
 * ones that are no text get a replacement character; attributes without room for a
 * message have none.
 *
 * libs: -ldl
 * expect: leak slash bytes=1 blocks=1 scope=/load%2Fdisk%0A frames=main:slash
 * expect: leak percent bytes=2 blocks=1 scope=/100%25 frames=main:percent
 * expect: leak empty bytes=3 blocks=1 scope=/unnamed frames=main:empty
 * expect: leak null bytes=4 blocks=1 scope=/unnamed frames=main:null
 * expect: leak short bytes=5 blocks=1 scope=/unnamed frames=main:short
 * expect: leak broken bytes=6 blocks=1 scope=/a��b frames=main:broken
 * expect: leak long bytes=7 blocks=1 scope~^/xxxxxxxxxx{90,200}$ frames=main:long
 * expect: scope /unnamed instances=4 kind=nvtx
 */
#include "victim.h"
#include "nvtx.h"

int main(void)
{
	char name[1000];
	wchar_t broken[] = {L'a', (wchar_t)0xd800, (wchar_t)0x110000, L'b', 0};
	nvtxRangePushA("load/disk\n");
	keep(malloc(1)); /* LEAK:slash */
	nvtxRangePop();
	nvtxRangePushA("100%");
	keep(malloc(2)); /* LEAK:percent */
	nvtxRangePop();
	nvtxRangePushA("");
	keep(malloc(3)); /* LEAK:empty */
	nvtxRangePop();
	nvtxRangePushA(NULL);
	keep(malloc(4)); /* LEAK:null */
	nvtxRangePop();
	nvtxEventAttributes_t a = nvtx_ascii("not read");
	a.size = offsetof(nvtxEventAttributes_t, message);
	nvtxRangePushEx(&a);
	keep(malloc(5)); /* LEAK:short */
	nvtxRangePop();
	nvtxRangePushEx(NULL);
	nvtxRangePop();
	nvtxRangePushW(broken);
	keep(malloc(6)); /* LEAK:broken */
	nvtxRangePop();
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	nvtxRangePushA(name);
	keep(malloc(7)); /* LEAK:long */
	nvtxRangePop();
	return 0;
}

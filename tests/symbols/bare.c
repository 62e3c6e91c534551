/* SPDX-License-Identifier: MIT */
/* Calls the functions of bare.S. */
void unsized_function(void);
void sized_function(void);

int main(void)
{
	unsized_function();
	sized_function();
	return 0;
}
